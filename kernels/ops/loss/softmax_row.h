#pragma once

#include <cstdint>

#include "kernels/cpu/math.h"

namespace deepobs {

// What becomes of one row of logits, for a body that goes through it several times and stores nothing between.
// Internal linkage: see cpu_body.h.

/// The softmax of a row: what its logits are shifted by, and the sum of the exponentials of the shifted ones.
struct SoftmaxRow {
  float most;
  double sum;
  float factor;  ///< 1 / sum
};
DEEPOBS_HOST_DEVICE static inline SoftmaxRow softmax_row(float most, double sum) {
  return {most, sum, static_cast<float>(1. / sum)};
}
DEEPOBS_HOST_DEVICE static inline float probability_of(const SoftmaxRow& row, float logit) {
  return exp_f32(logit - row.most) * row.factor;
}
/// Minus the logarithm of that logit's probability; of a NaN a NaN.
DEEPOBS_HOST_DEVICE static inline float loss_of(const SoftmaxRow& row, float logit) {
  return static_cast<float>(log_of_sum(row.sum) - static_cast<double>(logit - row.most));
}

/// Whether a logit beside the label's does not win over it: of equal ones the first counts. A NaN always wins.
DEEPOBS_HOST_DEVICE static inline bool label_wins(float at_label, std::int64_t label, float other, std::int64_t place) {
  return place < label ? at_label > other : at_label >= other;
}

}  // namespace deepobs
