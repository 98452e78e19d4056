#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/simd.h"

namespace deepobs::DEEPOBS_ISA {

void correct(const Call& call) {
  const float* logits = call.in[0].f32();
  const std::int32_t* labels = call.in[1].i32();
  float* y = call.out[0].f32();
  const std::int64_t rows = call.out[0].elements();
  const std::int64_t classes = rows > 0 ? call.in[0].elements() / rows : 0;
  IntVec first{};
  for (int l = 0; l < lanes; ++l) first[l] = l;
  for_each_row(call, rows, classes, [=](std::int64_t n) {
    const float* x = logits + n * classes;
    const std::int32_t label = labels[n];
    const bool valid = label >= 0 && label < classes;
    // The label wins if it beats all before it and none behind it is larger; a NaN loses both comparisons.
    const Vec at_label = broadcast(valid ? x[label] : __builtin_nanf(""));
    IntVec lost{};
    for (std::int64_t k = 0; k < classes; k += lanes) {
      const int count = classes - k < lanes ? static_cast<int>(classes - k) : lanes;
      const Vec other = load_first(x + k, count);
      const IntVec place = first + static_cast<std::int32_t>(k);
      const IntVec won = (at_label > other) | ((at_label >= other) & (place >= label));
      lost |= ~won & (first < count);
    }
    y[n] = any(lost) ? 0.f : 1.f;
  });
}

}  // namespace deepobs::DEEPOBS_ISA
