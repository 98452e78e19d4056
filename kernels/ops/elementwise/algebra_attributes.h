#pragma once

namespace deepobs {

/// Attribute of `scale`, and of `constant` as its value.
struct AlgebraFactor {
  float factor = 1.f;
};

}  // namespace deepobs
