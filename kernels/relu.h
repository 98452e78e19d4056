#pragma once

#include "engine/graph.h"

namespace deepobs {

/// Rectified linear unit.
///   shapes    x any  ->  y like x
///   formula   y = max(x, 0); a NaN stays a NaN
///   gradient  dx = dy where y > 0, else 0 (0 at the kink itself)
///   numerics  exact
Value relu(Value x, Place at = Place::current());

/// The gradient of relu() alone, for ops that apply one themselves: dy where y > 0, else 0; y is the relu's output.
Value relu_gradient(Value dy, Value y, Place at = Place::current());

}  // namespace deepobs
