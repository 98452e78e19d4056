#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"

namespace deepobs::DEEPOBS_ISA {

void to_bf16(const Call& call) {
  for (std::size_t t = 0; t < call.in.size(); ++t) {
    const float* x = call.in[t].f32();
    Bf16* y = call.out[t].bf16();
    for_each_element(call, call.in[t].elements(), [=](std::int64_t i) { y[i] = bf16_of(x[i]); });
  }
}

}  // namespace deepobs::DEEPOBS_ISA
