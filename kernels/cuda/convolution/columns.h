#pragma once

#include "engine/cuda/queue.h"
#include "kernels/cuda/floats.h"

namespace deepobs {

// Sums of the columns of [rows, columns], in one launch, added in double in an order given by shape and type.

/// y[c] = sum over r of x[r, c].
///   kept  column_sum_bytes() of memory that the node keeps, zeros before the first run
void sum_columns_on_gpu(const CudaQueue& queue, const Floats& x, std::int64_t rows, std::int64_t columns, float* y,
                        void* kept);

/// The same of dx, which is dy, and 0 where the gate (gate.h) is not positive.
///   gate, dy, dx  [rows, columns], perhaps of different types; dx may be dy
void gate_and_sum_columns_on_gpu(const CudaQueue& queue, const Floats& gate, const Floats& dy, const Floats& dx,
                                 std::int64_t rows, std::int64_t columns, float* y, void* kept);

std::int64_t column_sum_bytes(std::int64_t rows, std::int64_t columns);

}  // namespace deepobs
