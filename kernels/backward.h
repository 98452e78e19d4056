#pragma once

#include "engine/graph.h"

namespace deepobs {

/// Records d objective / d parameter for every parameter that reaches `objective` (a scalar, []), with the sums and
/// copies of algebra.h: engine/autodiff.h for models. Call it once a graph.
/// Errors: the objective is no scalar, no parameter reaches it, or one does through an op without gradient.
void backward(Value objective);

}  // namespace deepobs
