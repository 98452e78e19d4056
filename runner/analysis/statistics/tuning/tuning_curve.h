#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runner/analysis/statistics/numbers/better.h"

namespace deepobs {

/// The configurations that were tried. The best is chosen by `valid`; what it is worth is its value in `test`, which may
/// be the same list, and then the curve is optimistic.
struct Trials {
  std::span<const double> valid;
  Better valid_better = Better::smaller;
  std::span<const double> test;
  Better test_better = Better::smaller;
};

/// How the tried configurations stand for those that another search would try.
enum class Subsets {
  with_replacement,     ///< V: another random search from the same distribution (Dodge et al., EMNLP 2019)
  without_replacement,  ///< U: random subsets of these, unbiased for a random search, and for a grid "the best of k points
                        ///< of this grid" (Tang et al., ACL 2020)
};

struct TuningCurve {
  std::vector<std::size_t> budgets{};  ///< k
  std::vector<double> values{};        ///< expected value of the best of k trials
  std::size_t n = 0;                   ///< trials
  std::size_t n_diverged = 0;          ///< those where one of the two values is not finite
  std::string rule{}, caveat{};
};

struct TuningOptions {
  std::vector<std::size_t> budgets{};  ///< empty: 1, 2 ... n
  /// What a trial that diverged is worth when it is the best of k: the value at epoch 0, say, for those who would not
  /// have trained then. Without it the expectation is infinite wherever such a trial can be the best of k.
  std::optional<double> worth_of_diverged{};
};

/// The expected test value of the trial that is best on the validation set, of k. Sorted from the worst to the best, with
/// B trials, trial i is the best of k with the weight (i/B)^k - ((i-1)/B)^k (V) or C(i-1, k-1) / C(B, k) (U); of trials
/// with the same validation value each is chosen as often. Validation values that are not finite are the worst.
/// The weights come from one another, without factorials or logarithms of them, which lose digits for many trials.
/// Errors: usage, for no trials, lists of different lengths, a budget of 0, and for U one above the number of trials.
TuningCurve tuning_curve(const Trials& trials, Subsets subsets, const TuningOptions& options = {});

}  // namespace deepobs
