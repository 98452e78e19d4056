#pragma once

#include "engine/cuda/queue.h"
#include "kernels/conv_geometry.h"

namespace deepobs {

/// to [columns, rows] = from [rows, columns] transposed.
void transpose_on_gpu(const CudaQueue& queue, const float* from, std::int64_t rows, std::int64_t columns, float* to);

/// y[i, c] += bias[c], then perhaps a relu: y [count / channels, channels].
void add_bias_on_gpu(const CudaQueue& queue, float* y, std::int64_t count, std::int64_t channels, const float* bias,
                     bool relu);

// The three directions as plain loops, summed in double: for what the library has no algorithm for.

void direct_forward(const CudaQueue& queue, const ConvGeometry& g, const float* x, const float* w, float* y);
void direct_data_gradient(const CudaQueue& queue, const ConvGeometry& g, const float* dy, const float* w, float* dx);
void direct_weight_gradient(const CudaQueue& queue, const ConvGeometry& g, const float* x, const float* dy, float* dw);

}  // namespace deepobs
