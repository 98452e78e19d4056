#pragma once

namespace deepobs {

/// Which factors are taken transposed, where they lie as they are.
struct Matmul {
  bool a_transposed = false, b_transposed = false;
  bool operator==(const Matmul&) const = default;
};

}  // namespace deepobs
