#include "kernels/cuda/product/product.h"
#include "kernels/ops/dense/linear_attributes.h"

namespace deepobs {
namespace {

struct Described {
  GpuProduct product;
  GpuProductMemory memory;
};

/// Of the call's first two operands, into its first output.
Described described(const Call& call, std::int64_t k, bool a_transposed, bool b_transposed) {
  const View &a = call.in[0], &b = call.in[1], &c = call.out[0];
  return {{.m = c.shape[0],
           .n = c.shape[1],
           .k = k,
           .a_transposed = a_transposed,
           .b_transposed = b_transposed,
           .operands = a.type,
           .result = c.type},
          {.a = a.data, .b = b.data, .c = c.data}};
}

Described forward(const Call& call) {
  Described made = described(call, call.in[0].shape[1], false, false);
  made.product.relu = call.as<LinearOptions>().relu;
  if (call.in.size() > 2) {
    made.product.bias = true;
    made.memory.bias = call.in[2].data;
  }
  return made;
}

Described data_gradient(const Call& call) {  // dx = dz w^T, and 0 where a relu's output in front of it is
  Described made = described(call, call.in[0].shape[1], false, true);
  if (call.in.size() > 2) {
    made.product.gate = true;
    made.product.gating = call.in[2].type;
    made.memory.gate = call.in[2].data;
  }
  return made;
}

Described weight_gradient(const Call& call) {  // dw = x^T dz
  return described(call, call.in[0].shape[0], true, false);
}

}  // namespace

DEEPOBS_CUDA_PREPARE(linear) { return prepare_product(queue, forward(call).product).release(); }
DEEPOBS_CUDA_PREPARE(linear_data_gradient) { return prepare_product(queue, data_gradient(call).product).release(); }
DEEPOBS_CUDA_PREPARE(linear_weight_gradient) { return prepare_product(queue, weight_gradient(call).product).release(); }

DEEPOBS_CUDA_BODY(linear) { run_product(queue, forward(call).memory); }
DEEPOBS_CUDA_BODY(linear_data_gradient) { run_product(queue, data_gradient(call).memory); }
DEEPOBS_CUDA_BODY(linear_weight_gradient) { run_product(queue, weight_gradient(call).memory); }

}  // namespace deepobs
