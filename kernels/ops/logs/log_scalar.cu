#include "kernels/cuda/loops.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(log_scalar) {
  const float* scalar = call.in[0].f32();
  float* log = call.in[1].f32();
  const std::int64_t places = call.in[1].elements();
  const StepBlock* step = call.step;
  for_each_block(queue, {.blocks = 1, .threads = 1}, [=] __device__(std::int64_t) {
    if (step->batch >= 0 && step->batch < places) log[step->batch] = *scalar;
  });
}

}  // namespace deepobs
