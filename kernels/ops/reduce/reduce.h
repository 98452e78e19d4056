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

/// Scalar product of two tensors, of their elements in order.
///   shapes    a any, b like a  ->  y []
///   formula   y = sum_i a[i] b[i]; dot(x, x) is the square of x's norm
///   gradient  da = dy * b, db = dy * a
///   numerics  products and sums in double, in an order given by the shape, rounded once: within 2 u of
///             sum_i |a[i] b[i]|
///   errors    shapes that differ, operands that are not float32: when recorded
Value dot(Value a, Value b, Place at = Place::current());

/// Euclidean norm of all elements: the square root of dot(x, x).
///   shapes    x any  ->  y []
///   gradient  dx = dy * x / y; NaN where all elements are 0
///   numerics  within 2 u of y where y is above 1.1e-19, less exact below; the square must be a float32, so y is infinite
///             above 1.8e19 and 0 below 2.6e-23
///   errors    x is not float32: when recorded
Value norm(Value x, Place at = Place::current());

/// One sum for each example, the first axis.
///   shapes    x [N, ...]  ->  y [N]
///   formula   y[n] = sum of the elements of x[n]
///   gradient  every element of dx[n] is dy[n]
///   numerics  as sum(). One task takes whole examples, so a single long one is summed on one thread
///   errors    a scalar x, or not float32: when recorded
Value sum_rows(Value x, Place at = Place::current());

/// One sum for each channel, the last axis: the gradient of a bias.
///   shapes    x [..., C]  ->  y [C]
///   formula   y[c] = sum over the leading axes of x[..., c]
///   gradient  dx[..., c] = dy[c]
///   numerics  as sum()
///   errors    a scalar x, or not float32: when recorded
Value sum_columns(Value x, Place at = Place::current());

/// Sums, and means, along one axis, which is gone from the result. Several axes: one after the other, the last one
/// first.
///   shapes    x [..., E, ...] with E = x.dim(axis)  ->  y [..., ...]
///   formula   y[..., ...] = sum_i x[..., i, ...];  the mean is y / E
///   gradient  dx[..., i, ...] = dy[..., ...];  for the mean dy / E
///   numerics  as sum(); the mean has one rounding more
///   errors    x has no such axis or is not float32, a mean along an axis of extent 0: when recorded
Value sum_along(Value x, int axis, Place at = Place::current());
Value mean_along(Value x, int axis, Place at = Place::current());

/// Repeats a tensor along a new axis: sum_along()'s gradient alone, and a column [R] over the columns of a matrix.
///   shapes    y [..., ...]  ->  x [..., extent, ...], the new axis being number `axis`
///   formula   x[..., i, ...] = y[..., ...]
///   gradient  sum_along() of the same axis
///   numerics  exact
///   errors    axis is not between 0 and y's rank, a negative extent, y is not float32: when recorded
Value spread_along(Value y, int axis, std::int64_t extent, Place at = Place::current());

/// One number for each example, repeated over its elements.
///   shapes    y [N], `shape` [N, ...]  ->  `shape`
///   gradient  sum_rows()
///   errors    when recorded: y is no [N], or `shape` has another first axis; y is not float32
Value spread_over_rows(Value y, const Shape& shape, Place at = Place::current());

}  // namespace deepobs
