#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"
#include "kernels/ops/shape/slice_attributes.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(slice_copy) {
  const auto& [axis, begin] = call.as<SliceAttributes>();
  const AlongAxis from(call.in[0].shape, axis), to(call.out[0].shape, axis);
  const std::int64_t width = to.extent * to.inner, stride = from.extent * from.inner, first = begin * from.inner;
  const Floats x = call.in[0], y = call.out[0];
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    const Quotient row = divided(i, width);
    y.set(i, x[row.whole * stride + first + row.rest]);
  });
}

DEEPOBS_CUDA_BODY(slice_gradient) {
  const auto& [axis, begin] = call.as<SliceAttributes>();
  const AlongAxis from(call.in[0].shape, axis), to(call.out[0].shape, axis);
  const std::int64_t width = from.extent * from.inner, stride = to.extent * to.inner, first = begin * to.inner;
  const Floats dy = call.in[0], dx = call.out[0];
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    const Quotient row = divided(i, stride);
    const std::int64_t place = row.rest - first;
    dx.set(i, place >= 0 && place < width ? dy[row.whole * width + place] : 0.f);
  });
}

}  // namespace deepobs
