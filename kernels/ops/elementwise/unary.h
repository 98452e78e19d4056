#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

// Functions of each element.
//   shapes    x any  ->  y like x
//   errors    x is not float32: when recorded

/// Exponential function.
///   formula   y = e^x; infinity above 88.72, 0 below -103.97, a NaN stays a NaN
///   gradient  dx = dy * y
///   numerics  at most 1.1 units in the last place (math.h)
Value exp(Value x, Place at = Place::current());

/// Natural logarithm.
///   formula   y = ln x; minus infinity at 0, NaN below; a NaN stays a NaN
///   gradient  dx = dy / x
///   numerics  at most 0.501 units in the last place (math.h)
Value log(Value x, Place at = Place::current());

/// Square root.
///   formula   y = sqrt x; NaN below 0, -0 at -0; a NaN stays a NaN
///   gradient  dx = dy / (2 y); infinite at 0
///   numerics  one rounding
Value sqrt(Value x, Place at = Place::current());

/// Reciprocal square root.
///   formula   y = 1 / sqrt x; infinity at 0, NaN below; a NaN stays a NaN
///   gradient  dx = -dy * y / (2 x)
///   numerics  two roundings
Value rsqrt(Value x, Place at = Place::current());

/// Absolute value.
///   formula   y = |x|; a NaN stays a NaN
///   gradient  dx = dy * sign x, so 0 at 0
///   numerics  exact
Value absolute(Value x, Place at = Place::current());

/// Sign.
///   formula   y = 1 above 0, -1 below, 0 at 0 and -0; a NaN stays a NaN
///   gradient  0
///   numerics  exact
Value sign(Value x, Place at = Place::current());

/// Power with a constant exponent.
///   formula   y = x^exponent, in double, as pow() of C has it: of a negative x only if the exponent is a whole number,
///             else NaN; x^0 = 1 for every x, a NaN too; 0 to a negative power is infinite
///   gradient  dx = dy * exponent * x^(exponent - 1)
///   numerics  at most 0.51 units in the last place (math.h)
///   errors    an exponent that is not finite, or 2^31 and more in size: when recorded
Value power(Value x, double exponent, Place at = Place::current());

}  // namespace deepobs
