#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Copies operands of products that begin within a cache line: slices (shape/slice.h) that lie where their tensor has
/// them. A GPU's libraries, which compute products, were asked for algorithms that may count on whole lines.
void align_operands(Graph& graph);

}  // namespace deepobs
