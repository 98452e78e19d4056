#pragma once

#include <array>

#include "kernels/ops/loss/mean_softmax_xent.h"

namespace deepobs {

/// Attributes of the node; its operands are logits, labels, the penalty if there is one, and the logs.
struct MeanSoftmaxXentAttributes {
  static constexpr int most_logs = 4;
  bool penalty = false;
  int logs = 0;
  std::array<BatchScalar, most_logs> logged = {};  ///< of the first `logs` of them
  float dloss = 0.f;                               ///< what the gradient of each row's loss is

  std::size_t first_log() const { return penalty ? 3 : 2; }
};

}  // namespace deepobs
