#include "runner/analysis/statistics/sample/mean_interval.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/special_functions.h"
#include "runner/analysis/statistics/sample/moments.h"

namespace deepobs {
namespace {

/// What both means say of runs that diverged and of too few.
Estimate estimate_of(std::span<const double> all, std::span<const double> finite, double level,
                     const std::string& mean) {
  require_level(level);
  const SampleMoments moments = moments_of(finite);
  Estimate estimate{.value = moments.mean, .n = all.size(), .n_diverged = all.size() - finite.size()};
  estimate.rule = text(mean, " of ", count_text(finite.size(), "run"), ", ", percent_text(level), " t interval");
  if (estimate.n_diverged > 0)
    add_sentence(estimate.caveat, text("Of ", count_text(all.size(), "run"), " ", estimate.n_diverged,
                                       " diverged and are no part of the mean and its interval."));
  if (finite.size() < 2) {
    add_sentence(estimate.caveat,
                 text(count_text(finite.size(), "run"),
                      " cannot tell how far runs spread: there is no interval; two runs are the least."));
    return estimate;
  }
  const double half = t_quantile((1 + level) / 2, static_cast<double>(finite.size() - 1)) * moments.standard_error;
  estimate.interval = Interval{moments.mean - half, moments.mean + half, level};
  if (half == 0)
    add_sentence(estimate.caveat, "All runs have the same value: the interval shows that, and not how sure it is.");
  return estimate;
}

}  // namespace

Estimate mean_interval(std::span<const double> values, double level) {
  return estimate_of(values, finite_values(values), level, "mean");
}

Estimate geometric_mean_interval(std::span<const double> values, double level) {
  std::vector<double> logarithms = finite_values(values);
  for (double& value : logarithms) {
    require(value > 0, Fault::usage, "a geometric mean is that of positive values, and ", value,
            " is among them; use the mean");
    value = std::log(value);
  }
  Estimate estimate = estimate_of(values, logarithms, level, "geometric mean");
  estimate.value = std::exp(estimate.value);
  if (estimate.interval)
    estimate.interval = Interval{std::exp(estimate.interval->low), std::exp(estimate.interval->high), level};
  return estimate;
}

Estimate median_interval(std::span<const double> values, Better better, double level) {
  require_level(level);
  require(!values.empty(), Fault::usage, "the median of no runs was asked for");
  std::vector<double> sorted;
  std::size_t n_diverged = 0;
  for (const double value : values) {
    n_diverged += !std::isfinite(value);
    sorted.push_back(std::isfinite(value) ? value : worst_value(better));
  }
  std::ranges::sort(sorted);
  const std::size_t n = sorted.size();
  Estimate estimate{.value = quantile_of_sorted(sorted, 0.5), .n = n, .n_diverged = n_diverged};
  // From the k-th smallest to the k-th largest, k as large as the level lets it be.
  std::size_t k = 0;
  const auto level_of = [&](std::size_t from) { return 1 - 2 * fair_coin_at_most(from - 1, n); };
  while (level_of(k + 1) >= level) ++k;  // it falls, and beyond the middle it is 0 or less
  estimate.rule =
      text("median of ", count_text(n, "run"), ", distribution-free interval of at least ", percent_text(level));
  if (n_diverged > 0)
    add_sentence(estimate.caveat,
                 text("Of ", count_text(n, "run"), " ", n_diverged, " diverged and count as worse than every other."));
  if (k == 0) {
    add_sentence(
        estimate.caveat,
        n < 2 ? text("1 run gives no interval.")
              : text(count_text(n, "run"), " give no interval of the median with ", percent_text(level),
                     ": the widest, from the smallest to the largest value, has ", percent_text(level_of(1)), "."));
    return estimate;
  }
  estimate.interval = Interval{sorted[k - 1], sorted[n - k], level_of(k)};
  return estimate;
}

}  // namespace deepobs
