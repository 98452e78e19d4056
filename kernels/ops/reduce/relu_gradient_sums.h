#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

struct GradientAndSums {
  Value dx;    ///< like dy
  Value sums;  ///< [C]
};

/// relu_gradient() of a layer's output and sum_columns() of what it makes, which is the gradient of the layer's bias,
/// in one pass over memory. A GPU's graph has it in place of the two (passes/bias_sums.h).
///   shapes    dy, y [..., C]  ->  dx like dy, sums [C]
///   formula   dx = dy where y > 0 or is a NaN, else 0; sums[c] = the sum of dx[..., c]
///   gradient  none: it is recorded behind the gradients
///   numerics  dx exact; sums added in double in an order given by the shape, rounded once
///   errors    other shapes, operands that are not float32: when recorded
GradientAndSums relu_gradient_sums(Value dy, Value y, Place at = Place::current());

}  // namespace deepobs
