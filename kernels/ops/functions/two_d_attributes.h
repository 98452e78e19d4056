#pragma once

#include <cstdint>

namespace deepobs {

/// Functions of the plane by which optimizers are tried.
enum class TwoD : std::uint8_t {
  rosenbrock,  ///< (1 - u)^2 + 100 (v - u^2)^2
  beale,       ///< (1.5 - u + u v)^2 + (2.25 - u + u v^2)^2 + (2.625 - u + u v^3)^2
  branin,      ///< (v - b u^2 + c u - 6)^2 + 10 (1 - t) cos u + 10; b = 5.1 / (4 pi^2), c = 5 / pi, t = 1 / (8 pi)
};

}  // namespace deepobs
