#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Copies a value into a buffer of the store, where the next replay finds it: the state that a sequence carries from
/// one mini-batch to the next. An effect: nodes recorded before it still read the buffer's old numbers, nodes behind it
/// the new ones.
///   shapes    value any, f32; state like it  ->  no output
///   formula   state = value
///   gradient  none: what is carried is a constant of the next mini-batch
///   numerics  exact
///   errors    when recorded: another shape, operands that are not float32, a state that lies in no buffer of the store
void carry(Value value, Value state, Place at = Place::current());

}  // namespace deepobs
