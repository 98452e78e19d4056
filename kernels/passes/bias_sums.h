#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

// The gradient of a bias is the sum of the columns of its layer's gradient. On a CPU convolutions add it up as they go
// along; on a GPU a library computes the convolution, and the sums are a node of their own, which runs beside it.

/// Takes the bias gradients out of the convolutions' weight gradients. Behind a max pool they are the sums of the
/// pool's gradient: every output of a pool has one winner, so the winners' gradients are the same numbers, and fewer.
void separate_bias_sums(Graph& graph);

/// Where a gradient is zeroed behind a convolution because it lies before a relu, or by relu_gradient(), and its
/// columns are summed then, one pass over it does both (relu_gradient_sums.h).
void gate_and_sum(Graph& graph);

}  // namespace deepobs
