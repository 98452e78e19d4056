#include "kernels/cuda/loops.h"
#include "kernels/ops/gather_windows/gather_windows_attributes.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(gather_windows) {
  const auto& how = call.as<GatherWindows>();
  const std::int32_t* sequence = call.in[0].i32() + how.first + how.shift;
  std::int32_t* y = call.out[0].i32();
  const StepBlock* step = call.step;
  const std::int64_t batches = how.batches(), length = how.length;
  for_each_element(queue, how.batch * length, [=] __device__(std::int64_t i) {
    const Quotient at = divided(i, length);
    const bool inside = step->batch >= 0 && step->batch < batches;
    y[i] = inside ? sequence[(at.whole * batches + step->batch) * length + at.rest] : -1;
  });
}

}  // namespace deepobs
