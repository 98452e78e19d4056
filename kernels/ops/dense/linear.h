#pragma once

#include <optional>

#include "engine/graph/graph.h"
#include "kernels/ops/dense/linear_attributes.h"

namespace deepobs {

/// A dense layer.
///   shapes    x [N, F], w [F, K], b [K] or none  ->  y [N, K]
///   formula   y = x w + b, b added to every row; without b y = x w; with relu: y = max(that, 0)
///   gradient  dz = dy, with relu 0 where y is not above 0;  dx = dz w^T,  dw = x^T dz,  db = column sums of dz. All
///             have gradients of their own, of the same kind
///   numerics  each element within 24 u of the sum of the absolute products, u = 2^-24; same bits for any number of
///             threads
///   errors    shape mismatch, operands that are not float32: when recorded
///   source    PyTorch Linear, with w transposed
Value linear(Value x, Value w, std::optional<Value> b, const LinearOptions& options = {}, Place at = Place::current());

/// The gradient of a dense layer's weight alone, for gradient rules of ops that multiply by one at many places.
///   shapes    x [N, F], dz [N, K]  ->  dw [F, K]
///   formula   dw = x^T dz
///   gradient  dx = dz ddw^T,  ddz = x ddw
///   numerics  as linear()
///   errors    shape mismatch, operands that are not float32: when recorded
Value linear_weight_gradient(Value x, Value dz, Place at = Place::current());

}  // namespace deepobs
