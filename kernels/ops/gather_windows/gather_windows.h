#pragma once

#include "engine/graph/graph.h"
#include "kernels/ops/gather_windows/gather_windows_attributes.h"

namespace deepobs {

/// Windows of a long sequence, a text for example, that is cut into streams side by side: row k of mini-batch b + 1
/// goes on where row k of mini-batch b ends. What is left over at the end of the sequence is not used.
///   shapes    sequence [n] (i32)  ->  [batch, length] (i32)
///   formula   y[k, t] = sequence[first + (k batches + step.batch) length + t + shift],
///             batches = floor((count - 1) / (batch length))
///   gradient  none
///   numerics  exact
///   errors    when recorded: another type or shape, batch or length < 1, a part that is not in the sequence, a shift
///             that is not 0 or 1, a part too short for one window of every stream. At a replay: where step.batch is
///             not below `batches`, nothing is read and all numbers are -1, which no table and no loss takes
///   source    DeepOBS 1.1, data set tolstoi
Value gather_windows(Value sequence, const GatherWindows& how, Place at = Place::current());

}  // namespace deepobs
