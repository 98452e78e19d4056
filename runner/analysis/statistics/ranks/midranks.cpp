#include "runner/analysis/statistics/ranks/midranks.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/base/check.h"

namespace deepobs {
namespace {

/// Calls group(order, from, to) for each run order[from] ... order[to - 1] of equal values.
template <class Group>
void for_groups(std::span<const double> values, Group group) {
  for (const double value : values)
    require(!std::isnan(value), Fault::usage, "NaN has no rank; count what diverged as the worst value");
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  for (std::size_t from = 0, to; from < order.size(); from = to) {
    for (to = from + 1; to < order.size() && values[order[to]] == values[order[from]];) ++to;
    group(order, from, to);
  }
}

}  // namespace

std::vector<double> midranks(std::span<const double> values) {
  std::vector<double> ranks(values.size());
  for_groups(values, [&](const std::vector<std::size_t>& order, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) ranks[order[i]] = static_cast<double>(from + to + 1) / 2;
  });
  return ranks;
}

double tie_term(std::span<const double> values) {
  double sum = 0;
  for_groups(values, [&](const std::vector<std::size_t>&, std::size_t from, std::size_t to) {
    const auto t = static_cast<double>(to - from);
    sum += t * t * t - t;
  });
  return sum;
}

}  // namespace deepobs
