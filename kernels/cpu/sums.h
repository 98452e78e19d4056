#pragma once

#include <cstdint>

#include "engine/tensor/host_device.h"

namespace deepobs {

// Sums over many float32 terms, in double and in an order that depends on the count alone. For any count below 2^40
// the result, rounded to float32 once, is within 2 u of the sum of the absolute terms (u = 2^-24): at most 2^11
// additions follow one another here, and 2^26 blocks behind them.

/// Terms that one task sums: the partial sums of a tensor stand in a scratch output of sum_blocks(count) doubles.
constexpr std::int64_t sum_block = 16 * 1024;

DEEPOBS_HOST_DEVICE static inline std::int64_t sum_blocks(std::int64_t count) {
  return (count + sum_block - 1) / sum_block;
}

/// term(begin) + ... + term(end - 1), in 16 interleaved sums and one for the rest: vectors of every instruction set add
/// in this order.
template <class Term>
static inline double sum_terms(std::int64_t begin, std::int64_t end, Term&& term) {
  constexpr int lanes = 16;
  std::int64_t i = begin;
  double total = 0.;
  if (end - begin >= lanes) {
    double lane[lanes] = {};
    for (; i + lanes <= end; i += lanes)
      for (int l = 0; l < lanes; ++l) lane[l] += static_cast<double>(term(i + l));
    for (int half = lanes / 2; half > 0; half /= 2)
      for (int l = 0; l < half; ++l) lane[l] += lane[l + half];
    total = lane[0];
  }
  for (; i < end; ++i) total += static_cast<double>(term(i));
  return total;
}

}  // namespace deepobs
