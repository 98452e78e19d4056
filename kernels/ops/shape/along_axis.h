#pragma once

#include "engine/tensor/shape.h"

namespace deepobs {

/// A tensor along one of its axes: `extent` slabs of `inner` elements each, and that `outer` times.
struct AlongAxis {
  std::int64_t outer = 1, extent = 1, inner = 1;

  AlongAxis(std::int64_t outer_slabs, std::int64_t slabs, std::int64_t elements)
      : outer(outer_slabs), extent(slabs), inner(elements) {}
  AlongAxis(const Shape& shape, int axis) : extent(shape[axis]) {
    for (int i = 0; i < shape.rank(); ++i)
      if (i != axis) (i < axis ? outer : inner) *= shape[i];
  }
};

}  // namespace deepobs
