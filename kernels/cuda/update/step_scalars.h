#pragma once

#include "engine/cuda/launch.h"
#include "kernels/update/step_scalars.h"

namespace deepobs {

namespace step_scalars_detail {

/// For one thread.
template <class Rule>
__global__ void scalars_kernel(Rule rule, const StepBlock* step, Pointers<Rule> at) {
  compute<Rule>(rule, *step, at);
}

template <class Rule>
void cuda_run(const Call& call, CudaQueue& queue) {
  launch(queue, {.blocks = 1, .threads = 1}, scalars_kernel<Rule>, call.as<Configured<Rule>>().rule, call.step,
         pointers_of<Rule>(call));
}

}  // namespace step_scalars_detail
}  // namespace deepobs
