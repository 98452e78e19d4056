#include "kernels/cpu/math.h"
#include "kernels/cuda/loops.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(log) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) { y[i] = log_f32(x[i]); });
}

DEEPOBS_CUDA_BODY(log_gradient) {
  const float* dy = call.in[0].f32();
  const float* x = call.in[1].f32();
  float* dx = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) { dx[i] = dy[i] / x[i]; });
}

}  // namespace deepobs
