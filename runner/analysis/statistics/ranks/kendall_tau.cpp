#include "runner/analysis/statistics/ranks/kendall_tau.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "engine/base/check.h"

namespace deepobs {
namespace {

/// Sorts, and counts the pairs that stood in the wrong order.
double sorting_swaps(std::span<double> values, std::vector<double>& merged) {
  if (values.size() < 2) return 0;
  const std::span<double> left = values.first(values.size() / 2), right = values.subspan(values.size() / 2);
  double swaps = sorting_swaps(left, merged) + sorting_swaps(right, merged);
  merged.clear();
  std::size_t i = 0;
  for (const double value : right) {
    for (; i < left.size() && left[i] <= value; ++i) merged.push_back(left[i]);
    swaps += static_cast<double>(left.size() - i);
    merged.push_back(value);
  }
  merged.insert(merged.end(), left.begin() + static_cast<std::ptrdiff_t>(i), left.end());
  std::ranges::copy(merged, values.begin());
  return swaps;
}

/// The pairs of neighbours' groups: of t equal ones t (t - 1) / 2.
template <class Equal>
double tied_pairs(std::size_t n, Equal equal) {
  double pairs = 0, group = 1;
  for (std::size_t i = 1; i < n; ++i) {
    group = equal(i - 1, i) ? group + 1 : 1;
    pairs += group - 1;
  }
  return pairs;
}

}  // namespace

double kendall_tau_b(std::span<const double> a, std::span<const double> b) {
  require(a.size() == b.size(), Fault::usage, "two rankings of the same things are compared; one has ", a.size(),
          ", the other ", b.size());
  std::vector<std::pair<double, double>> both;
  for (std::size_t i = 0; i < a.size(); ++i) {
    require(!std::isnan(a[i]) && !std::isnan(b[i]), Fault::usage,
            "NaN has no rank; count what diverged as the worst value");
    both.emplace_back(a[i], b[i]);
  }
  std::ranges::sort(both);
  const std::size_t n = both.size();
  const double ties_a = tied_pairs(n, [&](std::size_t i, std::size_t j) { return both[i].first == both[j].first; });
  const double ties_both = tied_pairs(n, [&](std::size_t i, std::size_t j) { return both[i] == both[j]; });
  std::vector<double> second, merged;
  for (const auto& pair : both) second.push_back(pair.second);
  const double discordant = sorting_swaps(second, merged);
  const double ties_b = tied_pairs(n, [&](std::size_t i, std::size_t j) { return second[i] == second[j]; });
  const double pairs = n < 2 ? 0 : static_cast<double>(n) * static_cast<double>(n - 1) / 2;
  if (pairs == ties_a || pairs == ties_b) return std::numeric_limits<double>::quiet_NaN();
  const double difference = pairs - ties_a - ties_b + ties_both - 2 * discordant;
  return difference / std::sqrt(pairs - ties_a) / std::sqrt(pairs - ties_b);
}

}  // namespace deepobs
