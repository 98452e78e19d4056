#include "problems/models/two_d_problem.h"

namespace deepobs {

Problem two_d_beale() {
  return two_d_problem(TwoD::beale, "two_d_beale", "Beale's function of the plane, with noise", -4.5, 4.5);
}

}  // namespace deepobs
