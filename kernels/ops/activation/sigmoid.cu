#include "kernels/cpu/math.h"
#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(sigmoid) {
  const Floats x = call.in[0], y = call.out[0];
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) { y.set(i, sigmoid_f32(x[i])); });
}

DEEPOBS_CUDA_BODY(sigmoid_gradient) {
  const Floats dy = call.in[0], dx = call.out[0];
  const float* y = call.in[1].f32();
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    const float value = y[i];
    dx.set(i, dy[i] * (value * (1.f - value)));
  });
}

}  // namespace deepobs
