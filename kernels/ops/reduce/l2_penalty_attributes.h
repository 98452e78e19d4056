#pragma once

namespace deepobs {

struct L2Factor {
  double factor = 0.;
};

}  // namespace deepobs
