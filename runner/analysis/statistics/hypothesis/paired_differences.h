#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runner/analysis/statistics/numbers/better.h"
#include "runner/analysis/statistics/numbers/estimate.h"

namespace deepobs {

/// A run's seed and its value.
struct SeededValue {
  std::int64_t seed = 0;
  double value = 0;
};

/// Two optimizers on one problem, seed by seed: a seed gives both the same initial parameters and the same order of
/// batches, so that the difference has less spread than either.
struct PairedDifferences {
  std::vector<std::int64_t> seeds{};             ///< that both have, ascending
  std::vector<double> differences{};             ///< positive where A is better
  std::vector<std::int64_t> only_a{}, only_b{};  ///< that take no part
  std::size_t n_diverged = 0;                    ///< pairs of which a run or both diverged
};

/// a - b of accuracies, b - a of losses. A difference of the last digits of its operands is 0, and others are rounded to
/// 12 significant digits: what is equal but for rounding must be equal to a test of ranks. A run that diverged against
/// one that did not is an infinite difference; two that diverged are equal.
/// Errors: usage, for a seed that is there twice.
PairedDifferences paired_differences(std::span<const SeededValue> a, std::span<const SeededValue> b, Better better);

/// The mean difference with its t interval, of the pairs that are finite (mean_interval()); `caveat` tells of the seeds
/// without a partner. No pairs give NaN.
Estimate mean_difference(const PairedDifferences& pairs, double level = 0.95);

}  // namespace deepobs
