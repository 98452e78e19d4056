#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/sums.h"

namespace deepobs::DEEPOBS_ISA {

void relu_gradient_sums(const Call& call) {
  const float* dy = call.in[0].f32();
  const float* y = call.in[1].f32();
  float* dx = call.out[0].f32();
  float* sums = call.out[1].f32();
  const std::int64_t columns = call.out[1].elements(), rows = columns > 0 ? call.out[0].elements() / columns : 0;
  for_each_row(call, columns, rows, [=](std::int64_t c) {
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::int64_t i = r * columns + c;
      dx[i] = y[i] <= 0.f ? 0.f : dy[i];
    }
    sums[c] = static_cast<float>(sum_terms(0, rows, [=](std::int64_t r) { return dx[r * columns + c]; }));
  });
}

}  // namespace deepobs::DEEPOBS_ISA
