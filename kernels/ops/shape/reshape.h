#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// The same numbers under another shape. Computes nothing: the result is the memory of x.
///   shapes    x any  ->  `shape`, with as many elements
///   formula   y[i] = x[i] in row-major order. Images [N, H, W, C] are flattened with C innermost; how a dense weight
///             behind them is kept in files is told by its Border (engine/memory/store.h)
///   gradient  dx is dy under the shape of x
///   numerics  exact
///   errors    when recorded: another number of elements
Value reshape(Value x, const Shape& shape, Place at = Place::current());

/// reshape() to one row for each example: x [N, ...]  ->  [N, F], F the product of the other extents (1 if there is
/// none). Errors: x is a scalar.
Value flatten(Value x, Place at = Place::current());

}  // namespace deepobs
