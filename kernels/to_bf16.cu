#include "kernels/cuda/loops.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(to_bf16) {
  const float* x = call.in[0].f32();
  Bf16* y = call.out[0].bf16();
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) { y[i] = bf16_of(x[i]); });
}

}  // namespace deepobs
