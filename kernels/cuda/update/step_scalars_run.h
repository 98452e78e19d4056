#pragma once

#include "engine/cuda/queue.h"

namespace deepobs {

/// A rule's own code for a GPU; made by kernels/cuda/update/step_scalars.h.
///   operands  as every step_scalars node's; call.attributes are the rule's own
struct CudaStepScalars {
  void (*run)(const Call& call, CudaQueue& queue);
};

}  // namespace deepobs
