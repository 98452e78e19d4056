#include "kernels/cuda/loops.h"
#include "kernels/math.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(tanh) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) { y[i] = tanh_f32(x[i]); });
}

DEEPOBS_CUDA_BODY(tanh_gradient) {
  const float* dy = call.in[0].f32();
  const float* y = call.in[1].f32();
  float* dx = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(),
                   [=] __device__(std::int64_t i) { dx[i] = dy[i] * (1.f - y[i] * y[i]); });
}

}  // namespace deepobs
