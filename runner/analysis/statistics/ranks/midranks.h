#pragma once

#include <span>
#include <vector>

namespace deepobs {

/// The ranks of the values in their order from the smallest, 1, to the largest, n; equal ones share the mean of the ranks
/// that they take. In O(n log n). Infinities are values. Errors: usage, for NaN.
std::vector<double> midranks(std::span<const double> values);

/// The sum of t^3 - t over all groups of t equal values: what tests of ranks are corrected by. Errors: as above.
double tie_term(std::span<const double> values);

}  // namespace deepobs
