#pragma once

#include "engine/cuda/queue.h"
#include "kernels/conv_geometry.h"
#include "kernels/cuda/floats.h"

namespace deepobs {

/// to [columns, rows] = from [rows, columns] transposed, perhaps in another type.
void transpose_on_gpu(const CudaQueue& queue, const Floats& from, std::int64_t rows, std::int64_t columns,
                      const Floats& to);

/// y[i, c] = x[i, c] + bias[c], then perhaps a relu: x, y [count / channels, channels], which may be the same.
void add_bias_on_gpu(const CudaQueue& queue, const Floats& x, const float* bias, const Floats& y, std::int64_t count,
                     std::int64_t channels, bool relu);

// The three directions as plain loops, summed in double: for what the library has no algorithm for.

void direct_forward(const CudaQueue& queue, const ConvGeometry& g, const Floats& x, const float* w, const Floats& y);
void direct_data_gradient(const CudaQueue& queue, const ConvGeometry& g, const Floats& dy, const float* w,
                          const Floats& dx);
void direct_weight_gradient(const CudaQueue& queue, const ConvGeometry& g, const Floats& x, const Floats& dy,
                            float* dw);

}  // namespace deepobs
