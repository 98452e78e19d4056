#pragma once

#include <span>

#include "engine/graph/graph.h"

namespace deepobs {

/// Tensors side by side along one axis.
///   shapes    each x[i] [..., E_i, ...], all other extents alike  ->  y [..., sum of E_i, ...]
///   formula   slice(y, axis, E_0 + ... + E_(i-1), E_i) = x[i]
///   gradient  dx[i] is that slice of dy (slice.h): of the first axis a part of its memory
///   numerics  exact
///   errors    when recorded: no tensor, no such axis, another rank or other extents beside the axis, operands that are
///             not float32
Value concatenate(std::span<const Value> x, int axis, Place at = Place::current());

}  // namespace deepobs
