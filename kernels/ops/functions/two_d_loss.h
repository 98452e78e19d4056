#pragma once

#include "engine/graph/graph.h"
#include "kernels/ops/functions/two_d_attributes.h"

namespace deepobs {

/// A function of the plane, one value for each example, whose noise tilts the plane: the noise is in the gradient, and
/// over examples without noise every loss is the function itself.
///   shapes    u [], v [], x [N], y [N]  ->  loss [N]
///   formula   loss[n] = f(u, v) + u x[n] + v y[n]
///   gradient  du = sum_n dloss[n] (df/du + x[n]), dv = sum_n dloss[n] (df/dv + y[n]), dx = dloss u, dy = dloss v
///   numerics  in double, rounded once; du and dv are added in an order given by N
///   errors    other shapes, operands that are not float32: when recorded
///   source    DeepOBS 1.1, two_d_rosenbrock, two_d_beale, two_d_branin; H. H. Rosenbrock 1960, E. M. L. Beale 1958,
///             F. H. Branin 1972
Value two_d_loss(TwoD function, Value u, Value v, Value x, Value y, Place at = Place::current());

}  // namespace deepobs
