#include "kernels/cuda/loops.h"
#include "kernels/cuda/product/product.h"
#include "kernels/ops/dense/gram_attributes.h"

namespace deepobs {

DEEPOBS_CUDA_PREPARE(gram) {
  const bool of_columns = call.as<GramOptions>().of_columns;
  const View &x = call.in[0], &y = call.out[0];
  return prepare_product(queue, {.m = y.shape[0],
                                 .n = y.shape[0],
                                 .k = x.shape[of_columns ? 0 : 1],
                                 .a_transposed = of_columns,
                                 .b_transposed = !of_columns,
                                 .operands = x.type})
      .release();
}

DEEPOBS_CUDA_BODY(gram) {
  float* y = call.out[0].f32();
  run_product(queue, {.a = call.in[0].data, .b = call.in[0].data, .c = y});
  const std::int64_t extent = call.out[0].shape[0];
  // A library may add the terms of an element and of its mirror image in other orders.
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    const Quotient at = divided(i, extent);
    if (at.rest > at.whole) y[i] = y[at.rest * extent + at.whole];
  });
}

}  // namespace deepobs
