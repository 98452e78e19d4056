#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "runner/analysis/statistics/numbers/estimate.h"
#include "runner/analysis/statistics/time/time_to_target.h"

namespace deepobs {

/// What happened at one time, and the share of runs that have not reached the target just after it.
struct SurvivalStep {
  double time = 0;
  std::size_t at_risk = 0;   ///< runs that were still on their way just before
  std::size_t reached = 0;   ///< those that reached the target now
  std::size_t censored = 0;  ///< those whose time ended now
  double share = 1;          ///< Kaplan and Meier's S(t)
  double low = 1, high = 1;  ///< its interval at this time
};

struct SurvivalCurve {
  std::vector<SurvivalStep> steps{};  ///< at ascending times; before the first one the share is 1
  std::size_t n = 0, n_reached = 0;
  double level = 0;
  /// The first time at which half of the runs or fewer are left: infinity where more than half never got there. Its
  /// interval is between the first times at which the interval of the share does so.
  double median = std::numeric_limits<double>::infinity();
  Interval median_interval{};
  std::string rule{}, caveat{};
};

/// Kaplan and Meier's estimate: S(t) = product over times up to t of (1 - reached / at risk), a run that is censored at a
/// time being at risk at it. Pointwise intervals exp(-exp(ln(-ln S) +- z sqrt(V) / ln S)) with Greenwood's
/// V = sum of reached / (at risk (at risk - reached)); where S is 0 or 1 they have no width.
/// Errors: usage, for no runs, a time that is negative or not finite, a level outside (0, 1).
/// Sources: Kaplan, Meier, JASA 53 (1958); Kalbfleisch, Prentice, "The statistical analysis of failure time data".
SurvivalCurve kaplan_meier(std::span<const TimeToTarget> runs, double level = 0.95);

/// S(t). Errors: usage, beyond the last time while runs are left: nobody knows.
double survival_at(const SurvivalCurve& curve, double time);

/// The mean time to the target where a run stops at `horizon`: the area under S up to there. With a horizon that all runs
/// were watched for, the smallest budget that is compared, this is the mean of min(time, horizon), and the interval that
/// of mean_interval(); where runs were censored before, it is value +- z * Greenwood's standard error.
/// Errors: as those of kaplan_meier() and survival_at(), and usage for a horizon that is not positive and finite.
Estimate restricted_mean_time(std::span<const TimeToTarget> runs, double horizon, double level = 0.95);

/// The log-rank test of two optimizers: (sum of (O - E))^2 / sum of V over all times at which a run reached the target,
/// O those of `a` among d of both, E = d n_a / n, V = d (n_a / n) (1 - n_a / n) (n - d) / (n - 1); chi-squared with one
/// degree of freedom. NaN where no run reached the target, or none while runs of both were on their way.
/// Errors: usage, for no runs, a time that is negative or not finite. Source: Mantel 1966.
TestResult log_rank_test(std::span<const TimeToTarget> a, std::span<const TimeToTarget> b);

}  // namespace deepobs
