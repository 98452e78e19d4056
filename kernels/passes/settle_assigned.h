#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Lets a value that is assigned to a place be computed there. carry() copies a value into a buffer; the copy goes where
/// the place may hold the value from its node on: no node in between touches the place, the value's node reads it in
/// place or not at all, and nobody overwrites it before the value was read for the last time. The same bits.
/// For graphs of every device, which are complete.
void settle_assigned(Graph& graph);

}  // namespace deepobs
