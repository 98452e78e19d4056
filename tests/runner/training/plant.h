#pragma once

#include <cstdint>
#include <string>

#include "engine/graph/graph.h"
#include "kernels/update/optimizer.h"

namespace deepobs {

/// The same numbers, but for a NaN in one place: at one step in the value, at one step in the gradient.
///   shapes    x any  ->  y as x
///   formula   y = x;  at step `forward` y[element] = NaN
///   gradient  dx = dy;  at step `backward` dx[element] = NaN
struct Plant {
  std::int64_t forward = -1, backward = -1;  ///< -1: never
  std::int64_t element = 0;
  std::string label = "planted";
};
Value planted(Value x, const Plant& plant);

/// Stochastic gradient descent that puts a NaN into one number of the flat parameters, behind the update of one step.
Optimizer planting_sgd(std::int64_t offset, std::int64_t step);

}  // namespace deepobs
