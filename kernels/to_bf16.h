#pragma once

#include "engine/graph.h"

namespace deepobs {

/// Rounds to 7 bits of fraction.
///   shapes    x [any] f32  ->  y [the same] bf16
///   numerics  to the nearest, of two to the even one; beyond 3.39e38 infinity; a NaN stays a NaN
///   gradient  none: it is recorded behind the gradients (mixed_precision.h)
Value to_bf16(Value x, Place at = Place::current());

}  // namespace deepobs
