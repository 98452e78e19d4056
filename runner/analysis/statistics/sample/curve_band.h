#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runner/analysis/statistics/numbers/better.h"

namespace deepobs {

/// The middle of several runs' curves and a band around it, entry e for epoch e. What an epoch has too few runs for is NaN.
struct CurveBand {
  std::vector<double> middle{};  ///< the mean, or the median of quartile_band()
  std::vector<double> low{}, high{};
  std::vector<std::size_t> n{};  ///< the runs that the epoch's middle is made of
  std::size_t runs = 0;          ///< all
  std::size_t n_diverged = 0;    ///< those with a value that is not finite, at any epoch
  double level = 0;              ///< the coverage that is aimed at; 0 of a band that only describes the runs
  std::string rule{}, caveat{};  ///< as those of Estimate
};

/// What DeepOBS 1.1 and 1.2 draw where all runs are finite: the mean of the runs that are finite at an epoch, plus and
/// minus their deviation with divisor n. It describes the runs and is no interval.
/// Errors: usage, for no runs, runs of different lengths.
CurveBand deviation_band(std::span<const std::vector<double>> runs);

/// What DeepOBS 1.2 draws on request: the median of all runs between their quartiles, a value that is not finite being
/// worse than every other. It describes the runs and is no interval. Errors: as above.
CurveBand quartile_band(std::span<const std::vector<double>> runs, Better better);

/// The t interval of the mean at each epoch by itself, of the runs that are finite there. It holds for one epoch that
/// was chosen beforehand; that it holds everywhere at once is less sure than `level`.
/// Errors: as above, and usage for a level outside (0, 1).
CurveBand pointwise_band(std::span<const std::vector<double>> runs, double level = 0.95);

/// The sup-t band: mean +- c * s / sqrt(n), where c is the same for all epochs and such that the whole true curve lies
/// inside with `level`. c is the quantile of the largest of all epochs' |t|, each with the deviation of its own epoch, in
/// studies of n runs that are drawn from a normal distribution with the covariances of these. For one epoch it is
/// Student's t. Of normal runs the whole curve is inside in 89 to 95 % for 3, 5 or 10 runs; a c from resampled runs, or
/// from normal means over fixed deviations, as it is often taken, covers 60, 80 and 90 %. Runs that diverge anywhere are
/// left out and counted; an epoch where all runs are equal has a band without width.
/// Source: Montiel Olea, Plagborg-Moller, "Simultaneous confidence bands", Journal of Applied Econometrics 34 (2019); the
/// t values of drawn studies are Efron's bootstrap t.
/// Errors: as above, and usage for no draws.
CurveBand simultaneous_band(std::span<const std::vector<double>> runs, double level = 0.95, std::size_t draws = 10000,
                            std::uint64_t seed = 0);

}  // namespace deepobs
