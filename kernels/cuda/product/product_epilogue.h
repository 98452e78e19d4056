#pragma once

#include "kernels/cuda/floats.h"
#include "kernels/cuda/product/product.h"

namespace deepobs {

/// The end of a product that is ours: c from the sum of `parts` partial results [parts, m, n], added in this order and
/// in double together with the bias, rounded once, then relu and gate. No parts: sums of zero.
void finish_product(const CudaQueue& queue, const GpuProduct& product, const GpuProductMemory& memory,
                    const float* partial, int parts);

/// What cuBLASLt has left to be done on c: the relu, if `relu`, and the gate. Nothing where that is nothing.
void finish_product_in_place(const CudaQueue& queue, const GpuProduct& product, const GpuProductMemory& memory,
                             bool relu);

/// The whole product in tiles of ours, with sums in double in the order of the terms: for any shape and alignment.
void multiply_in_loop(const CudaQueue& queue, const GpuProduct& product, const GpuProductMemory& memory);

/// How many parts finish_product() takes at most.
constexpr int most_product_parts = 16;

}  // namespace deepobs
