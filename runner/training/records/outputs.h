#pragma once

#include <vector>

#include "runner/training/config/run_config.h"

namespace deepobs {

/// Tries, before anything is computed, whether the results and final parameters of these runs can be written. Leaves
/// nothing behind. Errors: io; usage, for parameters that would be in the way of the results; interrupted.
void check_outputs(const std::vector<Run>& runs);

}  // namespace deepobs
