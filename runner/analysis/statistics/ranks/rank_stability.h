#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "runner/analysis/statistics/numbers/better.h"
#include "runner/analysis/statistics/numbers/estimate.h"
#include "runner/analysis/statistics/sample/bootstrap.h"

namespace deepobs {

/// What the runs of a setting are summed up by before they are ranked.
enum class SummedUpBy { mean, median };

/// How sure a ranking is.
struct RankStability {
  std::vector<Estimate> mean_ranks{};                ///< [optimizer]; over problems, with a percentile interval
  std::vector<std::vector<double>> probabilities{};  ///< [optimizer][j]: that its place in the ranking is j + 1
  std::string rule{}, caveat{};
};

/// `runs`[optimizer][problem] are the values of the seeds. In each resample the seeds are drawn with replacement for each
/// optimizer and problem (with Strata::resampled the problems too, the same ones for all); optimizers are ranked on each
/// problem by the mean or the median, and by the mean of these ranks overall. Equal ones take the mean rank, and share
/// the probability of the places that they take. Runs that diverged are worse than every other; a mean with one is worse
/// than every finite mean.
/// Errors: usage, for fewer than two optimizers, no problems, one without runs, no resamples, a level outside (0, 1).
RankStability rank_stability(std::span<const std::vector<std::vector<double>>> runs, Better better,
                             SummedUpBy summed_up_by = SummedUpBy::mean, Strata strata = Strata::fixed,
                             const BootstrapOptions& options = {});

}  // namespace deepobs
