#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Sum, and mean, of all elements.
///   shapes    x any  ->  y []
///   formula   y = sum_i x[i];  the mean is y / N
///   gradient  dx[i] = dy;  for the mean dy / N
///   numerics  added in double in an order given by the shape, rounded once: within 2 u of sum_i |x[i]|, u = 2^-24, at
///             any N; the same bits for every number of threads. The sum of no elements is 0
///   errors    the mean of no elements, x is not float32: when recorded
Value sum(Value x, Place at = Place::current());
Value mean(Value x, Place at = Place::current());

/// One sum for each example, the first axis.
///   shapes    x [N, ...]  ->  y [N]
///   formula   y[n] = sum of the elements of x[n]
///   gradient  every element of dx[n] is dy[n]
///   numerics  as sum(). One task takes whole examples, so a single long one is summed on one thread
///   errors    a scalar x, or not float32: when recorded
Value sum_rows(Value x, Place at = Place::current());

/// The gradient of sum_rows() alone: one number for each example, repeated over its elements.
///   shapes    y [N], `shape` [N, ...]  ->  `shape`
///   errors    when recorded: y is no [N], or `shape` has another first axis; y is not float32
Value spread_over_rows(Value y, const Shape& shape, Place at = Place::current());

/// One sum for each channel, the last axis: the gradient of a bias.
///   shapes    x [..., C]  ->  y [C]
///   formula   y[c] = sum over the leading axes of x[..., c]
///   gradient  dx[..., c] = dy[c]
///   numerics  as sum()
///   errors    a scalar x, or not float32: when recorded
Value sum_columns(Value x, Place at = Place::current());

}  // namespace deepobs
