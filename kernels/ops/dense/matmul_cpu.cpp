#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/dense/matmul_attributes.h"
#include "kernels/product/gemm.h"

namespace deepobs::DEEPOBS_ISA {

void matmul(const Call& call) {
  const auto& [a_transposed, b_transposed] = call.as<Matmul>();
  const View &a = call.in[0], &b = call.in[1], &y = call.out[0];
  const std::int64_t a_width = a.shape[1], b_width = b.shape[1];
  gemm(*call.executor,
       {.m = y.shape[0],
        .n = y.shape[1],
        .k = a.shape[a_transposed ? 0 : 1],
        .a = a.f32(),
        .a_row = a_transposed ? 1 : a_width,
        .a_column = a_transposed ? a_width : 1,
        .b = b.f32(),
        .b_row = b_transposed ? 1 : b_width,
        .b_column = b_transposed ? b_width : 1,
        .c = y.f32(),
        .c_row = y.shape[1]},
       call.out[1].f32());
}

}  // namespace deepobs::DEEPOBS_ISA
