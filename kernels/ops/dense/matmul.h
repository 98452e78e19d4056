#pragma once

#include "engine/graph/graph.h"
#include "kernels/ops/dense/matmul_attributes.h"

namespace deepobs {

/// Product of two matrices, each of them transposed where asked for. Nothing is copied for that.
///   shapes    a [M, K], or [K, M] transposed; b [K, N], or [N, K] transposed  ->  y [M, N]
///   formula   y = a b, a' b, a b' or a' b'
///   gradient  da and db are products of the same kind: of y = a b, da = dy b' and db = a' dy
///   numerics  each element within 24 u of the sum of the absolute products, u = 2^-24; same bits for any number of
///             threads; without terms (K = 0) zeros
///   errors    shape mismatch, operands that are not float32: when recorded
Value matmul(Value a, Value b, const Matmul& options = {}, Place at = Place::current());

}  // namespace deepobs
