#pragma once

#include "kernels/cuda/vector_loops.h"

namespace deepobs {

struct AddBias {
  bool relu;
  __device__ float operator()(float x, float bias) const {
    const float sum = x + bias;
    return relu && sum < 0.f ? 0.f : sum;
  }
};

/// y[i, c] = x[i, c] + bias[c], then perhaps a relu: x, y [count / channels, channels], which may be the same.
inline void add_bias_on_gpu(const CudaQueue& queue, const Floats& x, const float* bias, const Floats& y,
                            std::int64_t count, std::int64_t channels, bool relu) {
  map_rows(queue, count, channels, y, AddBias{relu}, x, Floats(const_cast<float*>(bias), Type::f32));
}

}  // namespace deepobs
