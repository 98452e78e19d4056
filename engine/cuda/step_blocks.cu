#include "engine/cuda/launch.h"
#include "engine/cuda/step_blocks.h"

namespace deepobs {
namespace {

__global__ void set_kernel(StepBlock* counter, StepBlock value) { *counter = value; }

__global__ void take_kernel(StepBlock* counter, StepBlock* steps, int count) {
  const int i = static_cast<int>(threadIdx.x);
  StepBlock mine = *counter;
  mine.step += i;
  mine.batch += i;
  if (i < count) steps[i] = mine;
  __syncthreads();  // all have read
  if (i == 0) {
    counter->step += count;
    counter->batch += count;
  }
}

}  // namespace

void set_step(const CudaQueue& queue, StepBlock* counter, const StepBlock& value) {
  launch(queue, {.blocks = 1, .threads = 1}, set_kernel, counter, value);
}

void take_steps(const CudaQueue& queue, StepBlock* counter, StepBlock* steps, int count) {
  const auto threads = static_cast<unsigned>((count + 31) / 32 * 32);
  launch(queue, {.blocks = 1, .threads = threads}, take_kernel, counter, steps, count);
}

}  // namespace deepobs
