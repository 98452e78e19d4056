#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/ops/gather_windows/gather_windows.h"

namespace deepobs::DEEPOBS_ISA {

void gather_windows(const Call& call) {
  const auto& how = call.as<GatherWindows>();
  const std::int32_t* sequence = call.in[0].i32() + how.first + how.shift;
  std::int32_t* y = call.out[0].i32();
  const std::int64_t batches = how.batches(), batch = call.step->batch, length = how.length;
  const bool inside = batch >= 0 && batch < batches;
  for_each_row(call, how.batch, length, [=](std::int64_t k) {
    const std::int32_t* from = inside ? sequence + (k * batches + batch) * length : nullptr;
    for (std::int64_t t = 0; t < length; ++t) y[k * length + t] = inside ? from[t] : -1;
  });
}

}  // namespace deepobs::DEEPOBS_ISA
