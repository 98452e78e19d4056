#pragma once

#include <cstdint>

#include "engine/cuda/queue.h"

namespace deepobs {

// The step blocks of a program lie in the GPU's memory: one that counts, and one for each step of a launch. A launch
// begins by filling the latter from the former, which moves on; so a step costs the host nothing but its launch.

constexpr int most_steps_a_launch = 256;

/// *counter = value; the value travels with the launch.
void set_step(const CudaQueue& queue, StepBlock* counter, const StepBlock& value);

/// steps[i] is *counter, i steps later, for i < count; then *counter is `count` steps later.
void take_steps(const CudaQueue& queue, StepBlock* counter, StepBlock* steps, int count);

}  // namespace deepobs
