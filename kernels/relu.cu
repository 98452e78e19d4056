#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(relu) {
  const Floats x = call.in[0], y = call.out[0];
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    const float value = x[i];
    y.set(i, value < 0.f ? 0.f : value);  // a NaN stays one
  });
}

DEEPOBS_CUDA_BODY(relu_gradient) {
  const Floats dy = call.in[0], y = call.in[1], dx = call.out[0];
  for_each_element(queue, call.out[0].elements(),
                   [=] __device__(std::int64_t i) { dx.set(i, y[i] <= 0.f ? 0.f : dy[i]); });
}

}  // namespace deepobs
