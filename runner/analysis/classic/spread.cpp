#include "runner/analysis/classic/spread.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/check.h"

namespace deepobs {

namespace {

double quantile_of(std::span<const double> sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double a = sorted[below], b = sorted[above], t = at - static_cast<double>(below);
  if (a == b) return a;                                      // also two infinities, whose difference is no number
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);  // as NumPy rounds it
}

std::size_t common_length(std::span<const std::vector<double>* const> lists) {
  require(!lists.empty(), Fault::usage, "the mean of no curves was asked for");
  for (const auto* list : lists)
    require(list->size() == lists.front()->size(), Fault::usage, "curves of ", lists.front()->size(), " and ",
            list->size(), " values have no common mean");
  return lists.front()->size();
}

}  // namespace

Spread spread_of(std::span<const double> values) {
  require(!values.empty(), Fault::usage, "the spread of no values was asked for");
  const auto n = static_cast<double>(values.size());
  Spread out;
  out.n = static_cast<std::int64_t>(values.size());
  for (const double value : values) out.mean += value;
  out.mean /= n;
  double squares = 0;
  for (const double value : values) squares += (value - out.mean) * (value - out.mean);
  out.std = std::sqrt(squares / n);
  std::vector<double> sorted(values.begin(), values.end());
  if (std::ranges::any_of(sorted, [](double v) { return std::isnan(v); })) {
    out.median = out.q25 = out.q75 = std::numeric_limits<double>::quiet_NaN();
    return out;
  }
  std::ranges::sort(sorted);
  out.median = quantile_of(sorted, 0.5);
  out.q25 = quantile_of(sorted, 0.25);
  out.q75 = quantile_of(sorted, 0.75);
  return out;
}

Bands bands_of(std::span<const std::vector<double>* const> lists) {
  Bands out;
  out.n = static_cast<std::int64_t>(lists.size());
  std::vector<double> values(lists.size());
  const std::size_t length = common_length(lists);
  for (std::size_t e = 0; e < length; ++e) {
    for (std::size_t r = 0; r < lists.size(); ++r) values[r] = (*lists[r])[e];
    const Spread spread = spread_of(values);
    out.mean.push_back(spread.mean);
    out.std.push_back(spread.std);
    out.median.push_back(spread.median);
    out.q25.push_back(spread.q25);
    out.q75.push_back(spread.q75);
  }
  return out;
}

std::vector<double> mean_curve(std::span<const std::vector<double>* const> lists) {
  std::vector<double> out(common_length(lists));
  for (const auto* list : lists)
    for (std::size_t e = 0; e < out.size(); ++e) out[e] += (*list)[e];
  for (double& value : out) value /= static_cast<double>(lists.size());
  return out;
}

}  // namespace deepobs
