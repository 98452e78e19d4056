#include "kernels/cuda/loops.h"

namespace deepobs {
namespace {

/// Some tensors, one behind the other: one launch.
struct SomeTensors {
  static constexpr int most = 32;
  const float* x[most];
  Bf16* y[most];
  std::int64_t end[most];  // of its elements, counted from the first tensor's
  int count = 0;

  std::int64_t elements() const { return count > 0 ? end[count - 1] : 0; }

  __device__ void operator()(std::int64_t i) const {
    int t = 0;
    while (i >= end[t]) ++t;
    const std::int64_t at = t > 0 ? i - end[t - 1] : i;
    y[t][at] = bf16_of(x[t][at]);
  }
};

}  // namespace

DEEPOBS_CUDA_BODY(to_bf16) {
  for (std::size_t first = 0; first < call.in.size(); first += SomeTensors::most) {
    SomeTensors some;
    for (std::size_t t = first; t < call.in.size() && some.count < SomeTensors::most; ++t, ++some.count) {
      some.x[some.count] = call.in[t].f32();
      some.y[some.count] = call.out[t].bf16();
      some.end[some.count] = some.elements() + call.in[t].elements();
    }
    for_each_element(queue, some.elements(), some);
  }
}

}  // namespace deepobs
