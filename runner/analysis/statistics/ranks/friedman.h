#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "runner/analysis/statistics/numbers/better.h"
#include "runner/analysis/statistics/numbers/estimate.h"

namespace deepobs {

/// How several optimizers rank over several problems.
struct Friedman {
  std::vector<double> mean_ranks{};  ///< [optimizer]; 1 is the best there can be
  std::size_t problems = 0;
  TestResult chi_squared{};     ///< Friedman's, without a correction for ties, as Demsar has it
  TestResult tie_corrected{};   ///< the same with it, as scipy and R have it
  TestResult iman_davenport{};  ///< F of the first: the one to read, as chi-squared is too cautious for few problems
};

/// `values`[problem][optimizer], means over seeds for example. On each problem the optimizers get ranks, the best 1,
/// equal ones their mean rank, diverged ones the last. With N problems, k optimizers and mean ranks R:
/// chi^2 = 12 N / (k (k + 1)) (sum of R^2 - k (k + 1)^2 / 4), over 1 - sum of (t^3 - t) / (N (k^3 - k)) if corrected, with
/// k - 1 degrees of freedom, and F = (N - 1) chi^2 / (N (k - 1) - chi^2) with k - 1 and (k - 1)(N - 1), infinite where all
/// problems agree. p is NaN where it is not defined: of `iman_davenport` for one problem, of `tie_corrected` for ties
/// everywhere, of which the other two say 1.
/// Errors: usage, for no problems, fewer than two optimizers, rows of different lengths.
/// Sources: Friedman 1937; Iman, Davenport 1980; Demsar, "Statistical comparisons of classifiers over multiple data
/// sets", JMLR 7 (2006).
Friedman friedman_test(std::span<const std::vector<double>> values, Better better);

}  // namespace deepobs
