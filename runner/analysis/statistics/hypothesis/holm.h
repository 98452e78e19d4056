#pragma once

#include <span>
#include <vector>

namespace deepobs {

/// The p values of several tests, adjusted so that the chance of any false rejection at a level stays below it: in
/// ascending order, the largest of (m - j + 1) p_j so far, 1 at most. In the order that they came in.
/// Errors: usage, for one that is not in [0, 1]. Source: Holm, Scandinavian Journal of Statistics 6 (1979).
std::vector<double> holm_adjusted(std::span<const double> p);

}  // namespace deepobs
