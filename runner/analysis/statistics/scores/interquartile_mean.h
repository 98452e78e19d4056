#pragma once

#include <span>
#include <vector>

#include "runner/analysis/statistics/numbers/better.h"
#include "runner/analysis/statistics/numbers/estimate.h"
#include "runner/analysis/statistics/sample/bootstrap.h"

namespace deepobs {

/// The mean of the middle half: of n values in their order floor(n / 4) are dropped at each end. A run that diverged is
/// worse than every finite value; where more than a quarter did, the mean is the worst infinity. It reads the scores of
/// all runs of all problems pooled. Errors: usage, for no values.
/// Source: Agarwal et al., "Deep RL at the edge of the statistical precipice", NeurIPS 2021.
double interquartile_mean(std::span<const double> values, Better better = Better::larger);

/// That of the scores of all runs, problem by problem, with its stratified bootstrap interval.
/// Errors: as those of stratified_bootstrap().
Estimate interquartile_mean_interval(std::span<const std::vector<double>> problems, Better better = Better::larger,
                                     Strata strata = Strata::fixed, const BootstrapOptions& options = {});

}  // namespace deepobs
