#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace deepobs {

/// What DeepOBS says of the values that the runs of one setting have in one epoch. Of finite values these are moments_of()
/// and quantile(). Of others DeepOBS's rule is not that of summary_of_sample(), which leaves diverged runs out of the
/// mean and counts them: each number is what arithmetic makes of the values, mostly NaN.
struct Spread {
  std::int64_t n = 0;
  double mean = 0;
  double std = 0;  ///< of the population: divisor n, as DeepOBS prints it
  double median = 0, q25 = 0, q75 = 0;
};

/// Quantiles are linear between neighbours, NumPy's default.
///   errors  usage, for no values
///   source  Hyndman, Fan, "Sample quantiles in statistical packages", 1996, type 7
Spread spread_of(std::span<const double> values);

/// The spread of each epoch over several runs; by the same rule, where deviation_band() and quartile_band() leave
/// diverged runs out or count them.
struct Bands {
  std::int64_t n = 0;
  std::vector<double> mean, std, median, q25, q75;
};

/// Errors: usage, for no lists or lists of several lengths.
Bands bands_of(std::span<const std::vector<double>* const> lists);

/// The means alone.
std::vector<double> mean_curve(std::span<const std::vector<double>* const> lists);

}  // namespace deepobs
