#include "kernels/cuda/loops.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(correct) {
  const float* logits = call.in[0].f32();
  const std::int32_t* labels = call.in[1].i32();
  float* y = call.out[0].f32();
  const std::int64_t rows = call.out[0].elements();
  const std::int64_t classes = rows > 0 ? call.in[0].elements() / rows : 0;
  for_each_row(queue, rows, [=] __device__(std::int64_t n, int lane) {
    const float* x = logits + n * classes;
    const std::int32_t label = labels[n];
    const bool valid = label >= 0 && label < classes;
    // The label wins if it beats all before it and none behind it is larger; a NaN loses both comparisons.
    const float at_label = valid ? x[label] : __builtin_nanf("");
    bool won = true;
    for (std::int64_t k = lane; k < classes; k += 32) won &= k < label ? at_label > x[k] : at_label >= x[k];
    won = __all_sync(0xffffffffu, won);
    if (lane == 0) y[n] = won ? 1.f : 0.f;
  });
}

}  // namespace deepobs
