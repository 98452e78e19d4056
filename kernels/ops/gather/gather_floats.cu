#include "kernels/cuda/loops.h"
#include "kernels/cuda/rows.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(gather_floats) {
  const float* data = call.in[0].f32();
  float* y = call.out[0].f32();
  const std::int64_t batch = call.out[0].shape[0], values = call.out[0].elements() / batch;
  const BatchRows rows(call, batch);
  for_each_element(queue, batch * values, [=] __device__(std::int64_t i) {
    const Quotient at = divided(i, values);
    const std::int64_t row = rows[at.whole];
    y[i] = row < 0 ? __builtin_nanf("") : data[row * values + at.rest];
  });
}

}  // namespace deepobs
