#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Logistic function, elementwise.
///   shapes    x any  ->  y like x
///   formula   y = 1 / (1 + e^-x); a NaN stays a NaN
///   gradient  dx = dy * y * (1 - y)
///   numerics  at most 3 units in the last place (math.h); dx within 8 u of |dy|, u = 2^-24
///   errors    x is not float32: when recorded
Value sigmoid(Value x, Place at = Place::current());

}  // namespace deepobs
