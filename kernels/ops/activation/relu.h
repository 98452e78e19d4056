#pragma once

#include "engine/graph/autodiff.h"
#include "engine/graph/graph.h"

namespace deepobs {

/// Rectified linear unit.
///   shapes    x any  ->  y like x
///   formula   y = max(x, 0); a NaN stays a NaN
///   gradient  dx = dy where y > 0, else 0 (0 at the kink itself)
///   numerics  exact
///   errors    x is not float32: when recorded
Value relu(Value x, Place at = Place::current());

/// The gradient of relu() alone: dy where y > 0 or is a NaN, else 0; y is the relu's output.
Value relu_gradient(Value dy, Value y, Place at = Place::current());

/// For gradient rules of ops that end in a relu, with output 0 = y: the gradient of y before that relu. It records a
/// pass over it only if not all users of y have zeroed their part already.
Value gradient_before_relu(const Gradients& g, Value y, Place at);

}  // namespace deepobs
