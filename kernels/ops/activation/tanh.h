#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Hyperbolic tangent, elementwise.
///   shapes    x any  ->  y like x
///   formula   y = (e^x - e^-x) / (e^x + e^-x); a NaN stays a NaN
///   gradient  dx = dy * (1 - y^2)
///   numerics  at most 3 units in the last place (math.h); dx within 8 u of |dy|, u = 2^-24
///   errors    x is not float32: when recorded
Value tanh(Value x, Place at = Place::current());

}  // namespace deepobs
