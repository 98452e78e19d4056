#include "runner/analysis/statistics/ranks/nemenyi.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/estimate.h"
#include "runner/analysis/statistics/numbers/special_functions.h"

namespace deepobs {

Nemenyi nemenyi_test(std::span<const double> mean_ranks, std::size_t problems, double level) {
  require_level(level);
  const std::size_t k = mean_ranks.size();
  require(k >= 2, Fault::usage, "a critical difference is that of two optimizers or more, and ", k, " came");
  require(problems > 0, Fault::usage, "a critical difference over no problems was asked for");
  for (const double rank : mean_ranks)
    require(std::isfinite(rank), Fault::usage, "a mean rank is finite, and ", rank, " came");
  const auto count = static_cast<double>(k);
  const double unit = std::sqrt(count * (count + 1) / (12 * static_cast<double>(problems)));  // per studentized range
  Nemenyi result{.critical_difference = studentized_range_quantile(level, k) * unit, .level = level};
  result.order.resize(k);
  std::iota(result.order.begin(), result.order.end(), std::size_t{0});
  std::ranges::stable_sort(result.order, {}, [&](std::size_t i) { return mean_ranks[i]; });

  const auto rank = [&](std::size_t place) { return mean_ranks[result.order[place]]; };
  std::size_t reached = 0;  // the places before are in a bar
  for (std::size_t from = 0; from < k; ++from) {
    std::size_t to = from + 1;
    while (to < k && rank(to) - rank(from) <= result.critical_difference) ++to;
    if (to - from >= 2 && to > reached)
      result.groups.emplace_back(result.order.begin() + static_cast<std::ptrdiff_t>(from),
                                 result.order.begin() + static_cast<std::ptrdiff_t>(to));
    reached = std::max(reached, to);
  }
  for (std::size_t i = 0; i < k; ++i) {
    std::vector<double>& row = result.p.emplace_back(k, 1);
    for (std::size_t j = 0; j < k; ++j)
      if (i != j) row[j] = studentized_range_above(std::abs(mean_ranks[i] - mean_ranks[j]) / unit, k);
  }
  result.rule = text("Nemenyi's critical difference of mean ranks of ", k, " optimizers over ",
                     count_text(problems, "problem"), ", level ", percent_text(level));
  if (result.groups.size() == 1 && result.groups[0].size() == k)
    result.caveat = text("No two optimizers are told apart: that would take mean ranks ", result.critical_difference,
                         " apart, of ", count - 1, " at most.");
  return result;
}

}  // namespace deepobs
