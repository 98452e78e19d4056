#pragma once

#include <span>

#include "engine/graph/graph.h"

namespace deepobs {

/// Weight decay as a part of the objective.
///   shapes    weights any, at least one tensor  ->  y []
///   formula   y = factor / 2 * sum over all elements w of all tensors of w^2
///   gradient  dw = factor * dy * w, with factor * dy rounded once
///   numerics  added in double in an order given by the shapes, rounded once: within 2 u of y, u = 2^-24;
///             gradient within 2 u of itself
///   errors    no tensor, or one that is not float32: when recorded
///   source    DeepOBS, the "l2_loss" of its problems' regularized layers
Value l2_penalty(std::span<const Value> weights, double factor, Place at = Place::current());

}  // namespace deepobs
