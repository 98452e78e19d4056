#pragma once

#include <span>

#include "runner/analysis/statistics/numbers/better.h"
#include "runner/analysis/statistics/numbers/estimate.h"

namespace deepobs {

/// Where one problem begins and what was reached on it: makes values of different problems comparable.
struct GapScale {
  double start = 0;          ///< the mean at epoch 0 of all runs of the problem
  double best = 0;           ///< the best setting's mean of all optimizers, or of the reference
  bool logarithmic = false;  ///< distances are those of the logarithms
};

/// Losses are measured by their logarithms where start, best and all finite values are positive; accuracies as they are.
/// `values`: all that is going to be measured.
/// Errors: usage, unless start and best are finite and best is better than start: there is no gap to close then.
GapScale gap_scale(double start, double best, Better better, std::span<const double> values = {});

/// The share of the gap that a value closes, (v - start) / (best - start): 0 at the start, 1 at the best, negative for
/// what is worse than the start and above 1 for what is better than the best. A value that is not finite closes
/// -infinity. Errors: usage, for a finite value without a logarithm on a logarithmic scale.
double gap_closed(double value, const GapScale& scale);

/// The value that closes this share of the gap: the inverse. 0 gives the start and 1 the best, exactly.
double value_at_gap(double share, const GapScale& scale);

/// 1 - mean of min(score, 1) over all runs of all problems: how far, on average, the best was missed; being better than
/// the best does not make up for it. Scores that are not finite are no part of the mean; n_diverged counts them.
/// Errors: usage, for no scores.
/// Source: Agarwal et al., "Deep RL at the edge of the statistical precipice", NeurIPS 2021.
Estimate optimality_gap(std::span<const double> scores);

}  // namespace deepobs
