#pragma once

#include <span>
#include <vector>

#include "runner/analysis/statistics/numbers/better.h"
#include "runner/analysis/statistics/numbers/estimate.h"
#include "runner/analysis/statistics/sample/bootstrap.h"

namespace deepobs {

/// The runs of two optimizers on one problem.
struct TwoSamples {
  std::vector<double> a, b;
};

struct Improvement {
  Estimate probability;     ///< that a run of A is better than one of B; ties count half
  bool meaningful = false;  ///< its interval is above 0.5 and it is 0.75 or more: better, and by enough to matter
};

/// The probability that a run of A beats one of B: per problem (#{a better} + #{equal} / 2) / (n_a n_b) over all pairs,
/// which is Mann-Whitney's U / (n_a n_b), and the mean over problems. Two diverged runs are equal, one is worse than
/// every finite one. The interval is a percentile bootstrap with the runs of A and B resampled within each problem.
/// Sources: Agarwal et al., NeurIPS 2021; "meaningful" is Bouthillier et al., "Accounting for variance in machine
/// learning benchmarks", MLSys 2021. Errors: usage, for no problems, one without runs of A or of B, no resamples.
Improvement improvement_probability(std::span<const TwoSamples> problems, Better better,
                                    const BootstrapOptions& options = {});

/// The same of pairs, run i of A with run i of B (the same seed): per problem the share of pairs where A is better.
/// Pairs are resampled. Errors: as above, and usage for different numbers of runs.
Improvement paired_improvement_probability(std::span<const TwoSamples> problems, Better better,
                                           const BootstrapOptions& options = {});

}  // namespace deepobs
