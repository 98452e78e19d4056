#include <memory>

#include "kernels/cuda/gate.h"
#include "kernels/cuda/product.h"
#include "kernels/linear_attributes.h"

namespace deepobs {
namespace {

struct Described {
  GpuProduct product;
  GpuProductMemory memory;

  bool empty() const { return product.m == 0 || product.n == 0 || product.k == 0; }
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
          {a.data, b.data, c.data, nullptr}};
}

Described forward(const Call& call) {
  Described made = described(call, call.in[0].shape[1], false, false);
  made.product.bias = true;
  made.product.relu = call.as<LinearOptions>().relu;
  made.memory.bias = call.in[2].data;
  return made;
}

Described data_gradient(const Call& call) {  // dx = dz w^T
  return described(call, call.in[0].shape[1], false, true);
}

Described weight_gradient(const Call& call) {  // dw = x^T dz
  return described(call, call.in[0].shape[0], true, false);
}

/// A product without terms is zero, and then its epilogue.
void without_terms(CudaQueue& queue, const Described& of) {
  const std::int64_t n = of.product.n;
  const bool has_bias = of.product.bias, relu = of.product.relu;
  const Floats bias(const_cast<void*>(of.memory.bias), of.product.result), c(of.memory.c, of.product.result);
  for_each_element(queue, of.product.m * n, [=] __device__(std::int64_t i) {
    const float value = has_bias ? bias[remainder_of(i, n)] : 0.f;
    c.set(i, relu && value < 0.f ? 0.f : value);
  });
}

CudaPrepared* prepare(CudaQueue& queue, const Described& of) { return prepare_product(queue, of.product).release(); }

void run(CudaQueue& queue, const Described& of) {
  if (of.empty()) return without_terms(queue, of);
  if (!run_product(queue, of.memory)) return;
  const Floats c(of.memory.c, of.product.result);
  for_each_element(queue, of.product.m * of.product.n, [=] __device__(std::int64_t i) {
    if (c[i] < 0.f) c.set(i, 0.f);
  });
}

}  // namespace

DEEPOBS_CUDA_PREPARE(linear) { return prepare(queue, forward(call)); }
DEEPOBS_CUDA_PREPARE(linear_data_gradient) { return prepare(queue, data_gradient(call)); }
DEEPOBS_CUDA_PREPARE(linear_weight_gradient) { return prepare(queue, weight_gradient(call)); }

DEEPOBS_CUDA_BODY(linear) { run(queue, forward(call)); }

DEEPOBS_CUDA_BODY(linear_data_gradient) {
  run(queue, data_gradient(call));
  if (call.in.size() > 2) gate_on_gpu(queue, call.in[2], call.out[0], call.out[0].elements());
}

DEEPOBS_CUDA_BODY(linear_weight_gradient) { run(queue, weight_gradient(call)); }

}  // namespace deepobs
