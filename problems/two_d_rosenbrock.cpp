#include "problems/models/two_d_problem.h"

namespace deepobs {

Problem two_d_rosenbrock() {
  return two_d_problem(TwoD::rosenbrock, "two_d_rosenbrock", "Rosenbrock's function of the plane, with noise", -0.5,
                       1.5);
}

}  // namespace deepobs
