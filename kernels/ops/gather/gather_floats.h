#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// The numbers of the records of one mini-batch, picked where the data set lies.
///   shapes    data [n, ...] (f32), order [m] (i32: positions in the data set)  ->  [batch, ...]
///   formula   y[k] = data[order[step.batch * batch + k]]
///   gradient  none
///   numerics  exact
///   errors    when recorded: other types or shapes, batch < 1. At a replay: where step.batch leads out of `order`, or
///             `order` out of the data, nothing is read and the numbers are NaN
Value gather_floats(Value data, Value order, std::int64_t batch, Place at = Place::current());

}  // namespace deepobs
