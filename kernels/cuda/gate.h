#pragma once

#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"

namespace deepobs {

/// For data gradients in front of a relu with output `gate`: 0 where the gate is not positive. A NaN lets pass.
struct Gate {
  Floats gate, dx;
  __device__ void operator()(std::int64_t i) const {
    if (gate[i] <= 0.f) dx.set(i, 0.f);
  }
};

}  // namespace deepobs
