#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Gives all convolutions of a graph their filters in the order of a GPU's library: turned once a step, in one launch,
/// instead of at each use; and turns the gradients back in one launch at the end, which also adds the gradient of an L2
/// regulariser (filter_order.h). What does not look like that stays as it is: a convolution's body turns its filter
/// itself where nobody did.
void share_library_filters(Graph& graph);

}  // namespace deepobs
