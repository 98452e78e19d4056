#include "runner/analysis/classic/spread.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "engine/base/check.h"
#include "runner/analysis/statistics/sample/moments.h"

namespace deepobs {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// The mean and the deviation; of values that are not all finite, what their sum is, and none.
std::pair<double, double> mean_and_deviation(std::span<const double> values) {
  if (!std::ranges::all_of(values, [](double v) { return std::isfinite(v); }))
    return {std::accumulate(values.begin(), values.end(), 0.), none};
  const SampleMoments moments = moments_of(values);
  return {moments.mean, moments.population_deviation};
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
  Spread out;
  out.n = static_cast<std::int64_t>(values.size());
  std::tie(out.mean, out.std) = mean_and_deviation(values);
  std::vector<double> sorted(values.begin(), values.end());
  if (std::ranges::any_of(sorted, [](double v) { return std::isnan(v); })) {
    out.median = out.q25 = out.q75 = none;
    return out;
  }
  std::ranges::sort(sorted);
  out.median = quantile_of_sorted(sorted, 0.5);
  out.q25 = quantile_of_sorted(sorted, 0.25);
  out.q75 = quantile_of_sorted(sorted, 0.75);
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
  std::vector<double> out(common_length(lists)), values(lists.size());
  for (std::size_t e = 0; e < out.size(); ++e) {
    for (std::size_t r = 0; r < lists.size(); ++r) values[r] = (*lists[r])[e];
    out[e] = mean_and_deviation(values).first;
  }
  return out;
}

}  // namespace deepobs
