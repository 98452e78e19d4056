#pragma once

#include "engine/cuda/queue.h"
#include "kernels/cuda/floats.h"

namespace deepobs {

/// y[c] = sum over r of x[r, c] of x [rows, columns], added in double in an order given by the shape.
///   partial  [row_blocks, columns] of column_blocks() (reduce_attributes.h): every element is written
void sum_columns_on_gpu(const CudaQueue& queue, const Floats& x, std::int64_t rows, std::int64_t columns, float* y,
                        double* partial);

/// Bytes of `partial`.
std::int64_t partial_column_bytes(std::int64_t rows, std::int64_t columns);

}  // namespace deepobs
