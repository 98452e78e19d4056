#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace deepobs {

/// Bounds of a distribution function F that hold at once with a level, whatever the continuous distribution is, of n
/// values in ascending order: low[i] <= F(x_i), and F(x) <= high[i] for all x below x_i.
struct CdfBand {
  std::vector<double> low, high;
};

/// The empirical distribution +- sqrt(ln(2 / (1 - level)) / 2n), cut off at 0 and 1.
/// Sources: Dvoretzky, Kiefer, Wolfowitz 1956; Massart 1990. Errors: usage, for n = 0 or a level outside (0, 1).
CdfBand dkw_band(std::size_t n, double level);

/// F(x_i) of n values has the distribution Beta(i, n + 1 - i): equal-tailed intervals of it, all with the same level of
/// their own, which is such that they hold at once with `level`. Tighter than DKW's where it matters for the best of k,
/// at the ends. That level is solved for with the exact chance of band_coverage(), and not simulated.
/// Source: Learned-Miller, DeStefano, "A probabilistic upper bound on differential entropy", IEEE Transactions on
/// Information Theory 54 (2008). Errors: as above.
CdfBand order_statistics_band(std::size_t n, double level);

/// The chance that low[i] <= u_i <= high[i] for all i of n uniform values u in ascending order. The values up to x are
/// counted: a Poisson process under the condition that it ends with n, whose counts are carried from bound to bound.
/// Nothing is subtracted, so that it keeps its digits for thousands of values.
/// `low` and `high` ascend in [0, 1]. Source: Moscovich, Nadler, "Fast calculation of boundary crossing probabilities for
/// Poisson processes", Statistics and Probability Letters 123 (2017).
double band_coverage(std::span<const double> low, std::span<const double> high);

}  // namespace deepobs
