#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/product/gemm.h"

namespace deepobs::DEEPOBS_ISA {

void linear(const Call& call) {
  const std::int64_t n = call.out[0].shape[0], k = call.out[0].shape[1], f = call.in[0].shape[1];
  gemm(*call.executor,
       {.m = n,
        .n = k,
        .k = f,
        .a = call.in[0].f32(),
        .a_row = f,
        .b = call.in[1].f32(),
        .b_row = k,
        .c = call.out[0].f32(),
        .c_row = k,
        .epilogue = {.bias = call.in.size() > 2 ? call.in[2].f32() : nullptr, .relu = call.as<LinearOptions>().relu}},
       call.out[1].f32());
}

void linear_data_gradient(const Call& call) {  // dx = dz w^T; with x given, 0 where x is not positive
  const std::int64_t n = call.out[0].shape[0], f = call.out[0].shape[1], k = call.in[0].shape[1];
  gemm(*call.executor,
       {.m = n,
        .n = f,
        .k = k,
        .a = call.in[0].f32(),
        .a_row = k,
        .b = call.in[1].f32(),
        .b_row = 1,
        .b_column = k,
        .c = call.out[0].f32(),
        .c_row = f,
        .epilogue = {.gate = call.in.size() > 2 ? call.in[2].f32() : nullptr}},
       call.out[1].f32());
}

void linear_weight_gradient(const Call& call) {  // dw = x^T dz
  const std::int64_t f = call.out[0].shape[0], k = call.out[0].shape[1], n = call.in[0].shape[0];
  gemm(*call.executor,
       {.m = f,
        .n = k,
        .k = n,
        .a = call.in[0].f32(),
        .a_row = 1,
        .a_column = f,
        .b = call.in[1].f32(),
        .b_row = k,
        .c = call.out[0].f32(),
        .c_row = k},
       call.out[1].f32());
}

}  // namespace deepobs::DEEPOBS_ISA
