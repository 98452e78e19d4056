#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(select) {
  const float *condition = call.in[0].f32(), *a = call.in[1].f32(), *b = call.in[2].f32();
  const auto stride = [&](int i) { return call.in[i].shape.rank() == 0 ? std::int64_t{0} : std::int64_t{1}; };
  const std::int64_t condition_step = stride(0), a_step = stride(1), b_step = stride(2);
  float* y = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    y[i] = condition[i * condition_step] > 0.f ? a[i * a_step] : b[i * b_step];
  });
}

}  // namespace deepobs
