#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Takes the nodes out of a graph that nobody needs: that change no buffer, and whose outputs are neither read by a
/// node that is needed nor kept nor lie in a buffer. For graphs of every device.
void drop_unread(Graph& graph);

}  // namespace deepobs
