#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/graph/graph.h"

namespace deepobs {

// engine/graph/autodiff.h for models: with the sums, copies and constants of algebra.h.

/// Records d objective / d parameter for every parameter that reaches `objective` (a scalar, []), into the gradients'
/// buffer. Call it once a graph.
/// Errors: the objective is no scalar, no parameter reaches it, or one does through an op without gradient.
void backward(Value objective);

/// The gradients of an objective with respect to any values of its graph, as values like others: for a penalty on them,
/// a product with the Hessian, a network that is trained on another one's gradient. Any number of times a graph.
///   shapes    objective [...], seed like it  ->  gradient i like of[i]
///   formula   gradient i = d (sum over k of seed[k] objective[k]) / d of[i]; the seed of a scalar is 1 unless given.
///             Zeros for a value that the objective does not depend on
///   errors    those of engine/graph/autodiff.h
std::vector<Value> gradients(Value objective, std::span<const Value> of, std::optional<Value> seed = std::nullopt);

}  // namespace deepobs
