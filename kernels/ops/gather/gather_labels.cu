#include "kernels/cuda/loops.h"
#include "kernels/cuda/rows.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(gather_labels) {
  const std::int32_t* labels = call.in[0].i32();
  std::int32_t* y = call.out[0].i32();
  const BatchRows rows(call, call.out[0].elements());
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t k) {
    const std::int64_t row = rows[k];
    y[k] = row < 0 ? -1 : labels[row];
  });
}

}  // namespace deepobs
