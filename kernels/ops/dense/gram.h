#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Scalar products of all rows of a matrix with each other: its Gram matrix. Of a symmetric matrix, its square.
///   shapes    x [R, C]  ->  y [R, R]
///   formula   y = x x'
///   gradient  dx = (dy + dy') x
///   numerics  each element within 24 u of the sum of the absolute products, u = 2^-24; symmetric to the bit; same bits
///             for any number of threads; without columns zeros. On a CPU half the products of a large one are saved
///   errors    x is no matrix, or not float32: when recorded
Value gram(Value x, Place at = Place::current());

/// The same of the columns: y = x' x [C, C], dx = x (dy + dy').
Value gram_of_columns(Value x, Place at = Place::current());

}  // namespace deepobs
