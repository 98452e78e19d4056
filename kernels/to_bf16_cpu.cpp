#include "kernels/cpu_body.h"
#include "kernels/loops.h"

namespace deepobs::DEEPOBS_ISA {

void to_bf16(const Call& call) {
  const float* x = call.in[0].f32();
  Bf16* y = call.out[0].bf16();
  for_each_element(call, call.out[0].elements(), [=](std::int64_t i) { y[i] = bf16_of(x[i]); });
}

}  // namespace deepobs::DEEPOBS_ISA
