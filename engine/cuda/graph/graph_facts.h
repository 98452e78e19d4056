#pragma once

#include "engine/run/device.h"

struct CUgraph_st;

namespace deepobs {

/// What a captured graph holds. Errors: internal, should CUDA not tell.
CapturedStep facts_of(CUgraph_st* graph);

}  // namespace deepobs
