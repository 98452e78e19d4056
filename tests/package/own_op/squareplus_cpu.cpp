// Compiled once for each instruction set: no call of an inline function of others, of which the linker keeps one.

#include <deepobs/cpu_op.h>

namespace mine::DEEPOBS_ISA {

void squareplus(const deepobs::Call& call) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  for_each_element(call, call.out[0].elements(),
                   [=](std::int64_t i) { y[i] = 0.5f * (x[i] + __builtin_sqrtf(x[i] * x[i] + 4.f)); });
}

void squareplus_gradient(const deepobs::Call& call) {
  const float *dy = call.in[0].f32(), *x = call.in[1].f32();
  float* dx = call.out[0].f32();
  for_each_element(call, call.out[0].elements(),
                   [=](std::int64_t i) { dx[i] = dy[i] * (0.5f * (1.f + x[i] / __builtin_sqrtf(x[i] * x[i] + 4.f))); });
}

}  // namespace mine::DEEPOBS_ISA
