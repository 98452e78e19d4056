#include "kernels/cuda/loops.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(relu) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(),
                   [=] __device__(std::int64_t i) { y[i] = x[i] < 0.f ? 0.f : x[i]; });  // a NaN stays one
}

DEEPOBS_CUDA_BODY(relu_gradient) {
  const float* dy = call.in[0].f32();
  const float* y = call.in[1].f32();
  float* dx = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(),
                   [=] __device__(std::int64_t i) { dx[i] = y[i] <= 0.f ? 0.f : dy[i]; });
}

}  // namespace deepobs
