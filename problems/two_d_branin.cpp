#include "problems/models/two_d_problem.h"

namespace deepobs {

Problem two_d_branin() {
  return two_d_problem(TwoD::branin, "two_d_branin", "Branin's function of the plane, with noise", 2.5, 12.5);
}

}  // namespace deepobs
