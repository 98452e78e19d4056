#pragma once

namespace deepobs {

/// Attribute of `power`.
struct PowerExponent {
  double exponent = 1.;
};

}  // namespace deepobs
