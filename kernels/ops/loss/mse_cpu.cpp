#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/sums.h"

namespace deepobs::DEEPOBS_ISA {

void mse(const Call& call) {
  const float* prediction = call.in[0].f32();
  const float* target = call.in[1].f32();
  float* loss = call.out[0].f32();
  const std::int64_t rows = call.out[0].elements();
  const std::int64_t width = rows > 0 ? call.in[0].elements() / rows : 0;
  for_each_row(call, rows, width, [=](std::int64_t n) {
    const double sum = sum_terms(n * width, (n + 1) * width, [=](std::int64_t i) {
      const double difference = static_cast<double>(prediction[i]) - static_cast<double>(target[i]);
      return difference * difference;
    });
    loss[n] = static_cast<float>(sum / static_cast<double>(width));
  });
}

void mse_gradient(const Call& call) {
  const float* of = call.in[0].f32();
  const float* other = call.in[1].f32();
  const float* dloss = call.in[2].f32();
  float* gradient = call.out[0].f32();
  const std::int64_t rows = call.in[2].elements();
  const std::int64_t width = rows > 0 ? call.out[0].elements() / rows : 0;
  for_each_row(call, rows, width, [=](std::int64_t n) {
    const auto factor = static_cast<float>(2. * static_cast<double>(dloss[n]) / static_cast<double>(width));
    for (std::int64_t i = n * width; i < (n + 1) * width; ++i) gradient[i] = factor * (of[i] - other[i]);
  });
}

}  // namespace deepobs::DEEPOBS_ISA
