#pragma once

namespace deepobs {

/// Attribute of `scale`, and of `constant` and `identity` as their value.
struct AlgebraFactor {
  float factor = 1.f;
};

}  // namespace deepobs
