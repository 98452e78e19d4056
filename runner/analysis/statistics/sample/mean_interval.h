#pragma once

#include <span>

#include "runner/analysis/statistics/numbers/better.h"
#include "runner/analysis/statistics/numbers/estimate.h"

namespace deepobs {

/// The mean of the finite values with the interval mean +- t * s / sqrt(n), t the quantile of Student's t with n - 1
/// degrees of freedom and s the deviation with divisor n - 1 (Student 1908): of normal values it covers the true mean as
/// often as it says from two runs on, of skewed ones less often. A bootstrap of so few runs covers less than either.
/// Fewer than two finite values have no interval. Errors: usage, for a level outside (0, 1).
Estimate mean_interval(std::span<const double> values, double level = 0.95);

/// The same in the logarithm, for losses that go over decades: the geometric mean of the finite values, and the interval
/// of its logarithm raised again. It keeps its level for log-normal values, however skewed.
/// Errors: usage, for a level outside (0, 1) or a finite value that is not positive.
Estimate geometric_mean_interval(std::span<const double> values, double level = 0.95);

/// The median of all runs, a diverged one being worse than every finite value, and the interval from one order statistic
/// to the one as far from the other end: for any continuous distribution, however skewed, it covers the median with at
/// least the level. `interval` has the narrowest of these and the level that it really has, 1 - 2 P(X <= k - 1) of n
/// throws of a fair coin. Fewer than six runs have none of 95 %: from 5 runs the widest, between the extremes, has
/// 93.75 %. Source: Conover, "Practical Nonparametric Statistics", 3rd edition, section 3.2.
/// Errors: usage, for no values or a level outside (0, 1).
Estimate median_interval(std::span<const double> values, Better better, double level = 0.95);

}  // namespace deepobs
