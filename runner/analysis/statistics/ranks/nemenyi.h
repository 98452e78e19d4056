#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace deepobs {

/// Which optimizers a critical-difference diagram joins.
struct Nemenyi {
  double critical_difference = 0;                  ///< of mean ranks: two that are closer are not told apart
  double level = 0;                                ///< the chance of no false difference: 0.95
  std::vector<std::size_t> order{};                ///< the optimizers from the best mean rank to the worst
  std::vector<std::vector<std::size_t>> groups{};  ///< the bars: largest sets that are not told apart, from the best on
  std::vector<std::vector<double>> p{};            ///< [optimizer][optimizer], of all pairs at once; 1 with itself
  std::string rule{}, caveat{};
};

/// CD = q sqrt(k (k + 1) / (6 N)) of k optimizers over N problems, q the studentized range's quantile at `level` for
/// infinitely many degrees of freedom over sqrt 2. Take mean ranks of friedman_test(), and this only after its test.
/// Errors: usage, for fewer than two optimizers, no problems, a rank that is not finite, a level outside (0, 1).
/// Sources: Nemenyi 1963; Demsar, JMLR 7 (2006).
Nemenyi nemenyi_test(std::span<const double> mean_ranks, std::size_t problems, double level = 0.95);

}  // namespace deepobs
