#pragma once

#include "kernels/update/update_pass.h"

namespace deepobs {

/// 1, -1 or 0; a NaN stays a NaN, so that a diverged run is seen.
DEEPOBS_FN float sign_of(float x) { return x > 0.f ? 1.f : x < 0.f ? -1.f : x; }

}  // namespace deepobs
