#pragma once

#include "kernels/ops/functions/two_d_attributes.h"
#include "problems/problem.h"

namespace deepobs {

/// The test problem of a function of the plane. Its parameters are the two coordinates, which DeepOBS calls weight and
/// bias; the noise in the data tilts the plane.
///   start_u, start_v  where every run begins, whatever its seed
Problem two_d_problem(TwoD function, const std::string& name, const std::string& title, double start_u, double start_v);

}  // namespace deepobs
