#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/sums.h"
#include "kernels/ops/reduce/l2_penalty_attributes.h"

namespace deepobs::DEEPOBS_ISA {

void l2_penalty(const Call& call) {
  double* partial = call.out[1].f64();
  const std::int64_t all_blocks = call.out[1].elements();
  for (const View& weight : call.in) {
    const float* w = weight.f32();
    const std::int64_t count = weight.elements();
    for_each_row(call, sum_blocks(count), sum_block, [=](std::int64_t b) {
      const std::int64_t begin = b * sum_block;
      const std::int64_t end = begin + sum_block < count ? begin + sum_block : count;
      partial[b] = sum_terms(begin, end, [=](std::int64_t i) {
        const auto value = static_cast<double>(w[i]);
        return value * value;
      });
    });
    partial += sum_blocks(count);
  }
  partial = call.out[1].f64();
  const double total = sum_terms(0, all_blocks, [=](std::int64_t b) { return partial[b]; });
  call.out[0].f32()[0] = static_cast<float>(call.as<L2Factor>().factor / 2. * total);
}

void l2_penalty_gradient(const Call& call) {
  const auto factor = static_cast<float>(call.as<L2Factor>().factor * static_cast<double>(call.in[0].f32()[0]));
  const float* w = call.in[1].f32();
  float* dw = call.out[0].f32();
  for_each_element(call, call.out[0].elements(), [=](std::int64_t i) { dw[i] = factor * w[i]; });
}

}  // namespace deepobs::DEEPOBS_ISA
