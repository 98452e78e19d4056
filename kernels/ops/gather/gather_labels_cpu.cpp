#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/gather/gather_rows.h"
#include "kernels/cpu/loops.h"

namespace deepobs::DEEPOBS_ISA {

void gather_labels(const Call& call) {
  const std::int32_t* labels = call.in[0].i32();
  std::int32_t* y = call.out[0].i32();
  const std::int64_t batch = call.out[0].elements();
  for_each_element(call, batch, [&, labels, y, batch](std::int64_t k) {
    const std::int64_t row = row_of_batch(call, batch, k);
    y[k] = row < 0 ? -1 : labels[row];
  });
}

}  // namespace deepobs::DEEPOBS_ISA
