#include <algorithm>

#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/ops/shape/concatenate_attributes.h"
#include "kernels/ops/shape/slice_attributes.h"

namespace deepobs::DEEPOBS_ISA {

void concatenate(const Call& call) {
  const int axis = call.as<ConcatenateAttributes>().axis;
  const AlongAxis to(call.out[0].shape, axis);
  const std::int64_t stride = to.extent * to.inner;
  float* y = call.out[0].f32();
  std::int64_t first = 0;
  for (const View& tensor : call.in) {
    const std::int64_t width = tensor.shape[axis] * to.inner;
    const float* x = tensor.f32();
    for_each_row(call, to.outer, width,
                 [=](std::int64_t r) { std::copy_n(x + r * width, width, y + r * stride + first); });
    first += width;
  }
}

}  // namespace deepobs::DEEPOBS_ISA
