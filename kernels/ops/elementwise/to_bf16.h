#pragma once

#include <span>
#include <vector>

#include "engine/graph/graph.h"

namespace deepobs {

/// Rounds tensors to 7 bits of fraction, all in one node.
///   shapes    x[i] [any] f32  ->  y[i] [the same] bf16
///   numerics  to the nearest, of two to the even one; beyond 3.39e38 infinity; a NaN stays a NaN
///   gradient  none: it is recorded behind the gradients (mixed_precision.h)
std::vector<Value> to_bf16(std::span<const Value> x, Place at = Place::current());

}  // namespace deepobs
