#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Copies a value into a buffer of the store in the first step (StepBlock::step 0), and does nothing in any other: what
/// a state begins with that is not known before the parameters have values. An effect.
///   shapes    value any, f32; state like it  ->  no output
///   formula   state = value in step 0
///   gradient  none
///   numerics  exact
///   errors    when recorded: another shape, operands that are not float32, a state that lies in no buffer of the store
void begin_with(Value value, Value state, Place at = Place::current());

}  // namespace deepobs
