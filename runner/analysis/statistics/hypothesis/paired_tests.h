#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "runner/analysis/statistics/numbers/estimate.h"

namespace deepobs {

// Tests of paired differences, two-sided: the hypothesis is that they are as often, and as far, above 0 as below. Take
// differences that are rounded (paired_differences.h). `n` is the number of differences that are not 0; where even the
// clearest result of so many has a p above 0.05, `caveat` says that none can be below. Errors: usage, for NaN.

/// Wilcoxon's signed rank test: T, the smaller one of the sums of ranks of positive and of negative differences, zeros
/// left out, ties sharing their mean rank. Up to 50 differences p is exact, ties included: all 2^n patterns of signs are
/// counted by their sums. Above, it is that of a normal distribution, corrected for ties and continuity. Infinite
/// differences have the highest ranks. Source: Wilcoxon 1945.
TestResult signed_rank_test(std::span<const double> differences);

/// How many of the differences that are not 0 are positive, against throws of a fair coin.
TestResult sign_test(std::span<const double> differences);

/// The sum of the differences against those with all patterns of signs: as their mean. Exact up to 32 differences, where
/// the patterns of two halves are sorted and put together; above, `draws` patterns are drawn, and p is
/// (1 + those at least as far from 0) / (1 + draws). Not defined where a difference is infinite. Source: Fisher 1935.
/// Errors: usage, for NaN or no draws.
TestResult permutation_test(std::span<const double> differences, std::size_t draws = 100000, std::uint64_t seed = 0);

}  // namespace deepobs
