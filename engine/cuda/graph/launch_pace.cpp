#include "engine/cuda/graph/launch_pace.h"

#include <cuda_runtime_api.h>

#include "engine/cuda/cuda_check.h"
#include "engine/run/step_counter.h"

namespace deepobs {

LaunchPace::LaunchPace() {
  for (auto& event : ends_) event = make_event(false);
}

void LaunchPace::launched(CUstream_st* stream) {
  if (++launched_ < portion_) return;
  check_cuda(cudaEventRecord(ends_[next_].get(), stream), "running a step");
  next_ = 1 - next_;
  if (before_ > 0) check_cuda(cudaEventSynchronize(ends_[next_].get()), "running a step");
  const auto now = std::chrono::steady_clock::now();
  // A GPU that had a portion before that one to do began it when that was done: now, at the last call.
  const std::int64_t good =
      before_ > 0 ? good_portion(before_, std::chrono::duration<double, std::milli>(now - since_).count()) : portion_;
  since_ = now;
  before_ = portion_;
  portion_ = good;
  launched_ = 0;
}

}  // namespace deepobs
