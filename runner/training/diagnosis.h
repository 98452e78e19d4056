#pragma once

#include <functional>
#include <span>
#include <string>

#include "engine/memory/storage.h"
#include "runner/training/training_graphs.h"

namespace deepobs {

/// Repeats the given training steps, which are known to end in a step without finite objective, and names the tensor of
/// that last step that stopped being finite first: a parameter that was so already, or the output of an op
/// ("softmax_xent 'loss'"). `storage` holds the state before the first step, and whatever they make of it afterwards.
/// `before` is called before each step, where its records must be brought.
std::string first_bad_tensor(
    const TrainingGraphs& graphs, Storage& storage, std::span<const StepBlock> steps,
    const std::function<void(const StepBlock&)>& before = [](const StepBlock&) {});

}  // namespace deepobs
