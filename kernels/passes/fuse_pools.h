#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// A convolution whose output only a max pool reads becomes one node with it, as conv2d_max_pool() would have recorded
/// it if the CPU's rules did not stand against it: on a GPU bias, relu and pool are one pass over what the library
/// makes.
void fuse_pools(Graph& graph);

}  // namespace deepobs
