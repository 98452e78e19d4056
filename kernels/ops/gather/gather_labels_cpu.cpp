#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/ops/gather/gather_rows.h"

namespace deepobs::DEEPOBS_ISA {

void gather_labels(const Call& call) {
  const std::int32_t* labels = call.in[0].i32();
  std::int32_t* y = call.out[0].i32();
  const std::int64_t batch = call.out[0].elements();
  const StepRows rows(call, batch);
  for_each_element(call, batch, [=](std::int64_t k) {
    const std::int64_t row = rows[k];
    y[k] = row < 0 ? -1 : labels[row];
  });
}

}  // namespace deepobs::DEEPOBS_ISA
