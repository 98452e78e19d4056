#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// A part of a tensor along one axis: rows begin, begin + 1, ..., begin + count - 1. Where they lie in one piece (of
/// the first axis, or behind axes of extent 1) nothing is computed: the result is that part of x's memory.
///   shapes    x [..., E, ...] with E = x.dim(axis)  ->  y [..., count, ...]
///   formula   y[..., i, ...] = x[..., begin + i, ...]
///   gradient  dx[..., begin + i, ...] = dy[..., i, ...], 0 elsewhere
///   numerics  exact
///   errors    when recorded: x has no such axis; begin or count is negative, or begin + count above E; x must be
///             copied and is not float32
Value slice(Value x, int axis, std::int64_t begin, std::int64_t count, Place at = Place::current());

}  // namespace deepobs
