#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/ops/gather/gather_floats.h"
#include "kernels/ops/gather/gather_rows.h"

namespace deepobs::DEEPOBS_ISA {

void gather_floats(const Call& call) {
  const float* data = call.in[0].f32();
  float* y = call.out[0].f32();
  const std::int64_t batch = call.out[0].shape[0], values = call.out[0].elements() / batch;
  const StepRows rows(call, batch);
  for_each_row(call, batch, values, [=](std::int64_t k) {
    const std::int64_t row = rows[k];
    float* to = y + k * values;
    if (row < 0) {
      for (std::int64_t i = 0; i < values; ++i) to[i] = __builtin_nanf("");
    } else {
      const float* from = data + row * values;
      for (std::int64_t i = 0; i < values; ++i) to[i] = from[i];
    }
  });
}

}  // namespace deepobs::DEEPOBS_ISA
