#pragma once

#include <cstdint>

#include "kernels/ops/shape/along_axis.h"

namespace deepobs {

/// Attributes of a slice's node and of its gradient's.
struct SliceAttributes {
  int axis = 0;
  std::int64_t begin = 0;
};

}  // namespace deepobs
