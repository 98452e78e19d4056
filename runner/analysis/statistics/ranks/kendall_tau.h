#pragma once

#include <span>

namespace deepobs {

/// Kendall's tau_b: how far two rankings agree, from -1 (opposite) to 1 (the same order), ties taken into account:
/// (concordant - discordant pairs) / sqrt((pairs - ties of a)(pairs - ties of b)). NaN where all of one are equal, or
/// there are fewer than two. In O(n log n). Errors: usage, for NaN or lists of different lengths.
/// Sources: Kendall 1945; Knight, "A computer method for calculating Kendall's tau", JASA 61 (1966).
double kendall_tau_b(std::span<const double> a, std::span<const double> b);

}  // namespace deepobs
