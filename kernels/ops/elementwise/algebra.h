#pragma once

#include <span>

#include "engine/graph/graph.h"

namespace deepobs {

/// Elementwise sum, difference, product and quotient.
///   shapes    a any; b like a, or a row [C] as long as a's last axis, or a scalar []  ->  y like a
///   formula   y = a + b, a - b, a * b, a / b; a row or scalar is repeated over the rest of a
///   gradient  add: da = dy, db = dy; subtract: db = -dy; multiply: da = dy * b, db = dy * a;
///             divide: da = dy / b, db = -dy * y / b. db is summed over the repetition, in the order of reduce.h
///   numerics  forward: one rounding, as IEEE 754 defines it
///   errors    any other shape of b, operands that are not float32: when recorded
Value add(Value a, Value b, Place at = Place::current());
Value subtract(Value a, Value b, Place at = Place::current());
Value multiply(Value a, Value b, Place at = Place::current());
Value divide(Value a, Value b, Place at = Place::current());

/// The larger and the smaller one of two numbers, and which of them it is.
///   shapes    as those of add()
///   formula   maximum: y = a where a >= b, else b; minimum: y = a where a <= b, else b; a NaN if either is one.
///             greater: y = 1 where a > b, else 0
///   gradient  maximum, minimum: da = dy where y is a's number, of equal ones and of a NaN too, else 0; db = dy
///             elsewhere, summed over the repetition. greater: 0
///   numerics  exact
///   errors    any other shape of b, operands that are not float32: when recorded
Value maximum(Value a, Value b, Place at = Place::current());
Value minimum(Value a, Value b, Place at = Place::current());
Value greater(Value a, Value b, Place at = Place::current());

/// add() with a row: x [..., C], bias [C]  ->  like x. Its gradient for the bias is the sum of dy over all rows.
///   errors    bias is not [C], operands that are not float32: when recorded
Value bias_add(Value x, Value bias, Place at = Place::current());

/// Product with a constant.
///   shapes    x any  ->  y like x
///   formula   y = factor * x, with the factor rounded to float32 once
///   gradient  dx = factor * dy
///   numerics  one rounding
///   errors    x is not float32: when recorded
Value scale(Value x, double factor, Place at = Place::current());

/// Sum of several tensors, from the first to the last.
///   shapes    all terms alike  ->  y like them
///   formula   y = ((terms[0] + terms[1]) + terms[2]) + ...
///   gradient  each term gets dy
///   numerics  one rounding for each addition
///   errors    no term, shapes that differ, a term that is not float32: when recorded
Value sum_of(std::span<const Value> terms, Place at = Place::current());

/// The same numbers in memory of their own. Gradient: dx = dy. Exact. Errors: x is not float32, when recorded.
Value copy(Value x, Place at = Place::current());

/// A tensor whose elements all are `value`, rounded to float32. It has no operands, so nothing is differentiated.
Value constant(Graph& graph, const Shape& shape, double value, Place at = Place::current());

/// The identity matrix [extent, extent], times `value`, rounded to float32. Nothing is differentiated.
/// Errors: a negative extent, when recorded.
Value identity(Graph& graph, std::int64_t extent, double value = 1., Place at = Place::current());

}  // namespace deepobs
