#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Whether the largest logit stands at the label: the mean of it is the accuracy.
///   shapes    logits [N, K] with K >= 1, labels [N] (int32)  ->  y [N], 1 or 0
///   formula   y[n] = (argmax_k logits[n, k] == labels[n]); of equal logits the smallest index counts
///   gradient  none
///   numerics  exact. A row with a NaN, or whose label is outside [0, K), counts as 0
///   errors    shapes and types: when recorded
///   source    PyTorch's argmax, DeepOBS's accuracy
Value correct(Value logits, Value labels, Place at = Place::current());

}  // namespace deepobs
