#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// A matrix with its rows as columns. matmul() and gram() take their operands transposed without it.
///   shapes    x [R, C]  ->  y [C, R]
///   formula   y[c, r] = x[r, c]
///   gradient  dx = the transpose of dy
///   numerics  exact
///   errors    x is no matrix, or not float32: when recorded
Value transpose(Value x, Place at = Place::current());

}  // namespace deepobs
