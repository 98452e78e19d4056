#pragma once

#include <span>
#include <string>
#include <vector>

#include "runner/analysis/figures/recipes/named_curve.h"
#include "runner/analysis/statistics/numbers/estimate.h"

namespace deepobs {

/// Paired differences of two optimizers on a problem: positive where the first is better.
struct DifferenceRow {
  std::string name{};                 ///< "fmnist_2c2d: Adam - SGD"
  std::vector<double> differences{};  ///< one for each seed; infinite where one of the two diverged
  Estimate mean{};
};

/// A row for each comparison, from the top on: a small mark for each seed, the mean with its interval, a dashed line at 0.
/// Pairs of which one run diverged are counted in the
/// description. Errors: usage, for a difference that is NaN.
Figure differences_figure(const std::string& title, std::span<const DifferenceRow> rows, const std::string& metric);

}  // namespace deepobs
