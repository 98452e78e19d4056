#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Rows of a table, picked by number: a vector for each word or character.
///   shapes    ids any shape S (i32), table [V, D]  ->  y [S..., D]
///   formula   y[s, :] = table[ids[s], :]
///   gradient  dtable[v, :] = sum over the s with ids[s] = v, in their order, of dy[s, :]; it has a gradient of its own
///   numerics  exact; the gradient's sums are added in double and rounded once, the same bits for any number of threads
///   errors    when recorded: other types, a table that is not [V, D], one without rows, more than
///             2^31 - 1 ids. At a replay: an id outside [0, V) has a row of NaN, so that a run ends there and says
///             where; its dy goes nowhere
///   source    PyTorch Embedding, which ends a program at such an id
Value embedding(Value ids, Value table, Place at = Place::current());

}  // namespace deepobs
