#pragma once

#include <cmath>
#include <numbers>

#include "engine/tensor/host_device.h"
#include "kernels/ops/functions/two_d_attributes.h"

namespace deepobs {

// Internal linkage: see cpu_body.h.

/// A function of the plane at one point, with its slopes along both axes.
struct PlanePoint {
  double f, along_u, along_v;
};

DEEPOBS_HOST_DEVICE static inline PlanePoint plane_point(TwoD function, double u, double v) {
  if (function == TwoD::rosenbrock) {
    const double valley = v - u * u;
    return {(1 - u) * (1 - u) + 100 * valley * valley, -2 * (1 - u) - 400 * u * valley, 200 * valley};
  }
  if (function == TwoD::beale) {
    const double a = 1.5 - u + u * v, b = 2.25 - u + u * v * v, c = 2.625 - u + u * v * v * v;
    return {a * a + b * b + c * c, 2 * a * (v - 1) + 2 * b * (v * v - 1) + 2 * c * (v * v * v - 1),
            2 * a * u + 4 * b * u * v + 6 * c * u * v * v};
  }
  constexpr double pi = std::numbers::pi;
  constexpr double b = 5.1 / (4 * pi * pi), c = 5 / pi, t = 1 / (8 * pi);
  const double root = v - b * u * u + c * u - 6;
  return {root * root + 10 * (1 - t) * std::cos(u) + 10, 2 * root * (c - 2 * b * u) - 10 * (1 - t) * std::sin(u),
          2 * root};
}

}  // namespace deepobs
