#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "runner/analysis/statistics/sample/bootstrap.h"

namespace deepobs {

/// How often each optimizer is within a factor of the fastest.
struct PerformanceProfile {
  double largest_ratio = 4;
  std::vector<std::vector<double>>
      ratios{};                         ///< [optimizer][problem]: its time over the fastest; infinity where missed
  std::vector<double> scores{};         ///< [optimizer], from 0 to 1
  std::vector<std::size_t> unsolved{};  ///< problems where nobody reached the target: 0 for all
  std::string rule{}, caveat{};
};

/// `times`[optimizer][problem] are times to target, medians over seeds, say, in any unit; infinity or NaN where the target
/// was not reached. The ratio is t / (the smallest t of all optimizers), and infinity beyond `largest_ratio`; the profile
/// rho(tau) the share of problems with a ratio of tau or less; the score its mean over tau from 1 to largest_ratio, which
/// is exactly the mean over problems of max(0, (largest_ratio - ratio) / (largest_ratio - 1)). Where the fastest takes no
/// time at all, those that do not either have ratio 1 and the others infinity.
/// Errors: usage, for no optimizers or problems, rows of different lengths, a negative time, a largest ratio not above 1.
/// Sources: Dolan, More, "Benchmarking optimization software with performance profiles", Mathematical Programming 91
/// (2002); score and limit of 4: Dahl et al., "Benchmarking neural network training algorithms" (AlgoPerf), 2023.
PerformanceProfile performance_profile(std::span<const std::vector<double>> times, double largest_ratio = 4);

/// The scores of performance_profile() with the medians over seeds as times, and how sure they are: `times`[optimizer]
/// [problem] are the times of the seeds, which are resampled (with Strata::resampled the problems too, the same ones for
/// all), percentile intervals. A median of which half of the seeds missed the target is missed, too.
/// Errors: as those of performance_profile(), and usage for a problem without times, no resamples, a level outside (0, 1).
std::vector<Estimate> profile_scores(std::span<const std::vector<std::vector<double>>> times, double largest_ratio = 4,
                                     Strata strata = Strata::fixed, const BootstrapOptions& options = {});

/// rho(tau) of one optimizer. Errors: usage, for an optimizer that is not there.
double profile_at(const PerformanceProfile& profile, std::size_t optimizer, double tau);

}  // namespace deepobs
