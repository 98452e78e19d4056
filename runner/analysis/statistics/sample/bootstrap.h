#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "runner/analysis/statistics/numbers/estimate.h"

namespace deepobs {

struct BootstrapOptions {
  double level = 0.95;
  std::size_t resamples = 10000;
  std::uint64_t seed = 0;
  /// Samples with as many resamples or fewer, n^n, are not drawn but enumerated: then nothing is random.
  std::size_t most_enumerated = 20000;
};

/// A number of a sample; `name` is what a report calls it: "mean".
struct Statistic {
  std::string name;
  std::function<double(std::span<const double>)> of;
};

/// The statistic of every resample, n values drawn with replacement, in ascending order. Up to five values all n^n
/// resamples are enumerated. Errors: usage, for no values, no resamples, a statistic that is NaN of one.
std::vector<double> bootstrap_distribution(std::span<const double> values, const Statistic& statistic,
                                           const BootstrapOptions& options = {});

/// The quantiles of that distribution at (1 - level) / 2 and (1 + level) / 2 (Efron 1979): type 7 of drawn resamples, and
/// of enumerated ones the smallest value that the share does not exceed, which is what draws without end lead to. It
/// covers too little for few values: of normal ones 75 % at n = 3, 83 % at 5, 90 % at 10 in place of 95 %, which `caveat`
/// says; it is for pooled runs, mean_interval() for those of one setting. One value has no interval.
Estimate bootstrap_percentile(std::span<const double> values, const Statistic& statistic,
                              const BootstrapOptions& options = {});

/// Bias-corrected and accelerated: the quantiles at P(z0 + (z0 + z) / (1 - a (z0 + z))) with
/// z0 = P^-1((#{below} + #{at most}) / 2B) and a = sum u^3 / (6 (sum u^2)^1.5), u the mean of the statistics without
/// one value less each of them. No interval where z0 or a is not defined, as when all values are equal.
/// Source: Efron, "Better bootstrap confidence intervals", JASA 82 (1987).
Estimate bootstrap_bca(std::span<const double> values, const Statistic& statistic,
                       const BootstrapOptions& options = {});

/// A number of several samples, the runs of each problem.
struct StratifiedStatistic {
  std::string name;
  std::function<double(std::span<const std::vector<double>>)> of;
};

enum class Strata {
  fixed,      ///< the same problems in every resample: what holds for these problems
  resampled,  ///< problems are drawn with replacement too: what holds for problems like these
};

/// Percentile interval where runs are resampled within each problem.
/// Source: Agarwal et al., "Deep RL at the edge of the statistical precipice", NeurIPS 2021.
/// Errors: usage, for no problems, a problem without runs, no resamples, a statistic that is NaN of a resample.
Estimate stratified_bootstrap(std::span<const std::vector<double>> problems, const StratifiedStatistic& statistic,
                              Strata strata = Strata::fixed, const BootstrapOptions& options = {});

/// The interval between the quantiles (type 7) of a distribution of resamples at (1 - level) / 2 and (1 + level) / 2.
Interval percentile_interval(std::span<const double> sorted, double level);

/// The mean, whose resamples a bootstrap needs most often.
Statistic mean_statistic();

}  // namespace deepobs
