#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// One of two numbers, element by element: a branch without a branch.
///   shapes    condition, a and b each like y, or a scalar [], which is repeated  ->  y like the largest of them
///   formula   y = a where condition > 0, else b; of a condition that is a NaN, b
///   gradient  da = dy where condition > 0, else 0; db = dy elsewhere; summed where a or b was repeated. None for the
///             condition
///   numerics  exact
///   errors    other shapes, operands that are not float32: when recorded
Value select(Value condition, Value a, Value b, Place at = Place::current());

}  // namespace deepobs
