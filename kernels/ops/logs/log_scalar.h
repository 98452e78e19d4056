#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Writes a scalar into a log on the device, at the place of the replay's mini-batch: read once an epoch, it spares a
/// wait for every step.
///   shapes    scalar [], log_buffer: a float32 buffer [n] of the graph's store  ->  no output
///   formula   log[batch] = scalar, the other places stay
///   gradient  none
///   errors    shapes and types: when recorded. The caller must keep StepBlock::batch in [0, n): outside, nothing is
///             written
void log_scalar(Value scalar, int log_buffer, Place at = Place::current());

}  // namespace deepobs
