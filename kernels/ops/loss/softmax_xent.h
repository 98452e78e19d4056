#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Cross entropy of integer labels under softmax(logits), one value for each example.
///   shapes    logits [N, K] with K >= 1, labels [N] (int32, 0 <= label < K)  ->  loss [N], in nats
///   formula   loss[n] = log(sum_k exp(logits[n, k])) - logits[n, labels[n]]
///   gradient  dlogits[n] = dloss[n] * (softmax(logits[n]) - onehot(labels[n])); labels get none. It has a
///             gradient of its own
///   numerics  shifted by the row's maximum m: loss within 8 u (1 + m - logits[n, label]), u = 2^-24, and softmax
///             within 8 u of 1 for rows of any length. -infinity is a logit of probability 0. A row with a NaN, with
///             +infinity, or of -infinity alone gives NaN
///   errors    shapes and types: when recorded. A label outside [0, K) gives NaN for that example and its gradient
///   source    Bishop, Pattern Recognition and Machine Learning, eq. 4.108 and 4.109
Value softmax_xent(Value logits, Value labels, Place at = Place::current());

}  // namespace deepobs
