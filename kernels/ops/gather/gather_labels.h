#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// The labels of one mini-batch, picked where the data set lies.
///   shapes    labels [n] (i32), order [m] (i32: positions in the data set)  ->  [batch] (i32)
///   formula   y[k] = labels[order[step.batch * batch + k]]
///   gradient  none
///   numerics  exact
///   errors    when recorded: other types or shapes, batch < 1. At a replay: where step.batch leads out of `order`, or
///             `order` out of the data, nothing is read and the label is -1, which no loss takes for a class
Value gather_labels(Value labels, Value order, std::int64_t batch, Place at = Place::current());

}  // namespace deepobs
