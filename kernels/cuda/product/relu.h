#pragma once

namespace deepobs {

// For files that are compiled as CUDA.

struct Relu {
  __device__ float operator()(float x) const { return x < 0.f ? 0.f : x; }  // a NaN stays one
};

}  // namespace deepobs
