#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Exponential function, elementwise.
///   shapes    x any  ->  y like x
///   formula   y = e^x; infinity above 88.72, 0 below -103.97, a NaN stays a NaN
///   gradient  dx = dy * y
///   numerics  at most 1.1 units in the last place (math.h)
///   errors    x is not float32: when recorded
Value exp(Value x, Place at = Place::current());

}  // namespace deepobs
