#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"

namespace deepobs::DEEPOBS_ISA {

void relu(const Call& call) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  // Not max(x, 0): that would turn a NaN into a zero.
  for_each_element(call, call.out[0].elements(), [=](std::int64_t i) { y[i] = x[i] < 0.f ? 0.f : x[i]; });
}

void relu_gradient(const Call& call) {
  const float* dy = call.in[0].f32();
  const float* y = call.in[1].f32();
  float* dx = call.out[0].f32();
  for_each_element(call, call.out[0].elements(), [=](std::int64_t i) {
    const float through = dy[i];  // read in any case: a load under a condition would keep the compiler from vectors
    dx[i] = y[i] <= 0.f ? 0.f : through;
  });
}

}  // namespace deepobs::DEEPOBS_ISA
