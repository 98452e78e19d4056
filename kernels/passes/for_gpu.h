#pragma once

#include "engine/graph/graph.h"
#include "engine/tensor/precision.h"

namespace deepobs {

/// Turns a complete graph into one for a GPU, where each node costs a launch however little it computes, and libraries
/// compute products: fewer and larger nodes, filters in the library's order, no memory that only CPU bodies work in,
/// and mixed precision where it is asked for. The same numbers, but for the order of some sums. Call it last, before
/// planning; a CPU cannot run the result.
void record_for_gpu(Graph& graph, Precision precision);

}  // namespace deepobs
