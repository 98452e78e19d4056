#pragma once

#include <vector>

#include "runner/run_config.h"

namespace deepobs {

/// Tries, before anything is computed, whether the results and final parameters of these runs can be written. Leaves
/// nothing behind. Errors: io; interrupted.
void check_outputs(const std::vector<Run>& runs);

}  // namespace deepobs
