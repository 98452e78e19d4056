#pragma once

#include <vector>

namespace deepobs {

/// Attributes of finished_gradients: operand i is the gradient of tensor i, and behind all of them stand the parameters
/// of those that are decayed, in their order.
struct FinishedGradients {
  std::vector<bool> turned, decayed;  ///< by tensor
  float factor = 0.f;
};

}  // namespace deepobs
