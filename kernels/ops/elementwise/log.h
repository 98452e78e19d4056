#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Natural logarithm, elementwise.
///   shapes    x any  ->  y like x
///   formula   y = ln x; minus infinity at 0, NaN below; a NaN stays a NaN
///   gradient  dx = dy / x
///   numerics  at most 0.501 units in the last place (math.h)
///   errors    x is not float32: when recorded
Value log(Value x, Place at = Place::current());

}  // namespace deepobs
