#include <deepobs/cuda_op.h>

namespace mine {

using namespace deepobs;

DEEPOBS_OWN_CUDA_BODY(cuda_squareplus) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(),
                   [=] __device__(std::int64_t i) { y[i] = 0.5f * (x[i] + sqrtf(x[i] * x[i] + 4.f)); });
}

DEEPOBS_OWN_CUDA_BODY(cuda_squareplus_gradient) {
  const float *dy = call.in[0].f32(), *x = call.in[1].f32();
  float* dx = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    dx[i] = dy[i] * (0.5f * (1.f + x[i] / sqrtf(x[i] * x[i] + 4.f)));
  });
}

}  // namespace mine
