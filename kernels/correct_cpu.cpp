#include "kernels/cpu_body.h"
#include "kernels/loops.h"

namespace deepobs::DEEPOBS_ISA {

void correct(const Call& call) {
  const float* logits = call.in[0].f32();
  const std::int32_t* labels = call.in[1].i32();
  float* y = call.out[0].f32();
  const std::int64_t rows = call.out[0].elements();
  const std::int64_t classes = rows > 0 ? call.in[0].elements() / rows : 0;
  for_each_row(call, rows, classes, [=](std::int64_t n) {
    const float* x = logits + n * classes;
    const std::int32_t label = labels[n];
    const bool valid = label >= 0 && label < classes;
    // The label wins if it beats all before it and none behind it is larger; a NaN loses both comparisons.
    const float at_label = valid ? x[label] : __builtin_nanf("");
    std::int64_t won = 0;
    for (std::int64_t k = 0; k < classes; ++k) won += k < label ? at_label > x[k] : at_label >= x[k];
    y[n] = won == classes ? 1.f : 0.f;
  });
}

}  // namespace deepobs::DEEPOBS_ISA
