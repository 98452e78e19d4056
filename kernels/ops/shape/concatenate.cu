#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"
#include "kernels/ops/shape/concatenate_attributes.h"
#include "kernels/ops/shape/slice_attributes.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(concatenate) {
  const int axis = call.as<ConcatenateAttributes>().axis;
  const AlongAxis to(call.out[0].shape, axis);
  const std::int64_t stride = to.extent * to.inner;
  const Floats y = call.out[0];
  std::int64_t first = 0;
  for (const View& tensor : call.in) {
    const std::int64_t width = tensor.shape[axis] * to.inner;
    const Floats x = tensor;
    for_each_element(queue, tensor.elements(), [=] __device__(std::int64_t i) {
      const Quotient row = divided(i, width);
      y.set(row.whole * stride + first + row.rest, x[i]);
    });
    first += width;
  }
}

}  // namespace deepobs
