#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/math.h"

namespace deepobs::DEEPOBS_ISA {

void exp(const Call& call) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  for_each_element(call, call.out[0].elements(), [=](std::int64_t i) { y[i] = exp_f32(x[i]); });
}

void exp_gradient(const Call& call) {
  const float* dy = call.in[0].f32();
  const float* y = call.in[1].f32();
  float* dx = call.out[0].f32();
  for_each_element(call, call.out[0].elements(), [=](std::int64_t i) { dx[i] = dy[i] * y[i]; });
}

}  // namespace deepobs::DEEPOBS_ISA
