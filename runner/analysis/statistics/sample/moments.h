#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "runner/analysis/statistics/numbers/better.h"

namespace deepobs {

/// Mean and deviations of finite values, in the unit of the values. What the values are too few for is NaN.
struct SampleMoments {
  std::size_t n = 0;
  double mean = std::numeric_limits<double>::quiet_NaN();
  double population_deviation = std::numeric_limits<double>::quiet_NaN();  ///< divisor n: what DeepOBS prints as std
  double sample_deviation = std::numeric_limits<double>::quiet_NaN();  ///< divisor n - 1: what intervals are made of
  double standard_error = std::numeric_limits<double>::quiet_NaN();    ///< sample_deviation / sqrt(n)
};

/// In two passes with more than the precision of double, so that neither sums of huge values overflow nor small
/// deviations of large values are lost. n = 0 has no mean, n = 1 has no sample deviation.
/// Errors: usage, for a value that is not finite: take those out and count them (SampleSummary does).
SampleMoments moments_of(std::span<const double> values);

/// The quantile of Hyndman and Fan's type 7, which numpy, R and DeepOBS 1.2 have: linear between the order statistics
/// around (n - 1) q. Infinities are values; between two equal ones lies the same one.
/// `sorted` ascends. Errors: usage, for no values, NaN among them, or q outside [0, 1].
/// Source: Hyndman, Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996).
double quantile_of_sorted(std::span<const double> sorted, double q);
double quantile(std::span<const double> values, double q);  ///< of values in any order

/// The final values, say, of the runs of one setting. Mean and deviations are those of the runs that have a finite
/// value, n_diverged counts the others; the quantiles are over all runs, where a diverged one is worse than every finite
/// value: the infinity of the bad end.
struct SampleSummary {
  std::size_t n = 0;                                                 ///< all runs
  std::size_t n_diverged = 0;                                        ///< those without a finite value
  SampleMoments finite;                                              ///< of the others
  double lower_quartile = std::numeric_limits<double>::quiet_NaN();  ///< 25 % of the values are below, as numbers
  double median = std::numeric_limits<double>::quiet_NaN();
  double upper_quartile = std::numeric_limits<double>::quiet_NaN();
};

/// No values give n = 0 and NaN.
SampleSummary summary_of_sample(std::span<const double> values, Better better);

/// The finite ones, in their order.
std::vector<double> finite_values(std::span<const double> values);

}  // namespace deepobs
