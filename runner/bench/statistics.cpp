#include "runner/bench/statistics.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"

namespace deepobs {

double median_of(std::span<const double> values) {
  require(!values.empty(), Fault::internal, "the median of no values was asked for");
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

Summary summary_of(std::vector<double> all) {
  Summary summary{.median = median_of(all), .min = std::ranges::min(all), .max = std::ranges::max(all), .all = {}};
  summary.all = std::move(all);
  return summary;
}

double percentile(std::span<const double> sorted, double percent) {
  require(!sorted.empty() && percent > 0 && percent <= 100, Fault::internal, "percentile ", percent, " of ",
          sorted.size(), " values was asked for");
  const auto rank = static_cast<std::size_t>(std::ceil(percent * static_cast<double>(sorted.size()) / 100));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace deepobs
