#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Lays the end of a classifier's graph together, for a GPU: the mean of its softmax cross-entropy, a penalty added to
/// it, the share of right answers, their places in logs, and the gradient of the logits become one node
/// (mean_softmax_xent.h). What does not look like that stays as it is.
void fuse_loss(Graph& graph);

}  // namespace deepobs
