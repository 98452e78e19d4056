#include "runner/analysis/statistics/t_interval.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "engine/base/check.h"

namespace deepobs {

std::optional<MeanBounds> t_interval(std::span<const double> values, double level) {
  require(level > 0 && level < 1, Fault::usage, "the level of an interval must lie between 0 and 1, not ", level);
  if (values.size() < 2 || !std::ranges::all_of(values, [](double v) { return std::isfinite(v); })) return std::nullopt;
  const auto n = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / n;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double t = boost::math::quantile(boost::math::students_t(n - 1), (1 + level) / 2);
  const double half = t * std::sqrt(squares / (n - 1) / n);
  return MeanBounds{mean - half, mean + half};
}

}  // namespace deepobs
