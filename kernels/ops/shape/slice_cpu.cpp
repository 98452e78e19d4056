#include <algorithm>

#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/ops/shape/slice_attributes.h"

namespace deepobs::DEEPOBS_ISA {

void slice_copy(const Call& call) {
  const auto& [axis, begin] = call.as<SliceAttributes>();
  const AlongAxis from(call.in[0].shape, axis), to(call.out[0].shape, axis);
  const std::int64_t width = to.extent * to.inner, stride = from.extent * from.inner, first = begin * from.inner;
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  for_each_row(call, to.outer, width,
               [=](std::int64_t r) { std::copy_n(x + r * stride + first, width, y + r * width); });
}

void slice_gradient(const Call& call) {
  const auto& [axis, begin] = call.as<SliceAttributes>();
  const AlongAxis from(call.in[0].shape, axis), to(call.out[0].shape, axis);
  const std::int64_t width = from.extent * from.inner, stride = to.extent * to.inner;
  const std::int64_t first = begin * to.inner, behind = stride - first - width;
  const float* dy = call.in[0].f32();
  float* dx = call.out[0].f32();
  if (to.outer == 1)  // one row, which several threads share
    return for_each_element(call, stride,
                            [=](std::int64_t i) { dx[i] = i >= first && i < first + width ? dy[i - first] : 0.f; });
  for_each_row(call, to.outer, stride, [=](std::int64_t r) {
    float* row = dx + r * stride;
    std::fill_n(row, first, 0.f);
    std::copy_n(dy + r * width, width, row + first);
    std::fill_n(row + first + width, behind, 0.f);
  });
}

}  // namespace deepobs::DEEPOBS_ISA
