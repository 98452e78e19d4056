#pragma once

#include "engine/tensor/shape.h"

namespace deepobs {

/// A tensor along one of its axes: `extent` slabs of `inner` elements each, and that `outer` times.
struct AlongAxis {
  std::int64_t outer = 1, extent = 1, inner = 1;

  AlongAxis(const Shape& shape, int axis) : extent(shape[axis]) {
    for (int i = 0; i < shape.rank(); ++i)
      if (i != axis) (i < axis ? outer : inner) *= shape[i];
  }
};

/// Attributes of a slice's node and of its gradient's.
struct SliceAttributes {
  int axis = 0;
  std::int64_t begin = 0;
};

}  // namespace deepobs
