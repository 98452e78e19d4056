#include "kernels/cuda/product/product.h"
#include "kernels/ops/dense/matmul_attributes.h"

namespace deepobs {

DEEPOBS_CUDA_PREPARE(matmul) {
  const auto& [a_transposed, b_transposed] = call.as<Matmul>();
  const View &a = call.in[0], &y = call.out[0];
  return prepare_product(queue, {.m = y.shape[0],
                                 .n = y.shape[1],
                                 .k = a.shape[a_transposed ? 0 : 1],
                                 .a_transposed = a_transposed,
                                 .b_transposed = b_transposed,
                                 .operands = a.type,
                                 .result = y.type})
      .release();
}

DEEPOBS_CUDA_BODY(matmul) { run_product(queue, {.a = call.in[0].data, .b = call.in[1].data, .c = call.out[0].data}); }

}  // namespace deepobs
