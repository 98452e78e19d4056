#pragma once

#include <span>

namespace deepobs {

/// Side of the Hessian of quadratic_deep.
constexpr int quadratic_dimensions = 100;

/// The Hessian, [100, 100], made in double precision and rounded once: ninety eigenvalues of U(0, 1), ten of U(30, 60),
/// in a rotated frame. It is the same for every seed.
/// Source: DeepOBS 1.1, quadratic_deep; the rotation by the subgroup algorithm of Diaconis & Shahshahani, Probability
/// in the Engineering and Informational Sciences 1, 1987.
void write_quadratic_hessian(std::span<float> hessian);

}  // namespace deepobs
