#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Mean squared error, one value for each example.
///   shapes    prediction [N, ...] with F >= 1 elements for each example, target alike  ->  loss [N]
///   formula   loss[n] = sum_f (prediction[n, f] - target[n, f])^2 / F
///   gradient  dprediction = 2 dloss[n] / F * (prediction - target), dtarget = -dprediction
///   numerics  added in double, rounded once: within 2 u of itself, u = 2^-24; gradient within 3 u of itself
///   errors    shapes that differ, no first axis, no features, operands that are not float32: when recorded
///   source    PyTorch's MSELoss(reduction = "none"), averaged over the features
Value mse(Value prediction, Value target, Place at = Place::current());

}  // namespace deepobs
