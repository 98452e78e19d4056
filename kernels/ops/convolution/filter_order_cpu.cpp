#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/ops/convolution/filter_order_attributes.h"

namespace deepobs::DEEPOBS_ISA {

void filters_in_library_order(const Call& call) {
  for (std::size_t t = 0; t < call.in.size(); ++t) {
    const float* w = call.in[t].f32();
    float* y = call.out[t].f32();
    const std::int64_t channels = call.out[t].shape[0];
    const std::int64_t window = channels > 0 ? call.out[t].elements() / channels : 0;
    for_each_row(call, channels, window, [=](std::int64_t k) {
      for (std::int64_t i = 0; i < window; ++i) y[k * window + i] = w[i * channels + k];
    });
  }
}

void finished_gradients(const Call& call) {
  const auto& how = call.as<FinishedGradients>();
  std::size_t next = call.out.size();
  for (std::size_t t = 0; t < call.out.size(); ++t) {
    const float* from = call.in[t].f32();
    const float* w = how.decayed[t] ? call.in[next++].f32() : nullptr;
    float* y = call.out[t].f32();
    const float factor = how.factor;
    const Shape& shape = call.out[t].shape;
    const std::int64_t count = shape.elements();
    const std::int64_t channels = how.turned[t] ? shape[3] : 1;
    const std::int64_t window = channels > 0 ? count / channels : 0;
    for_each_row(call, window, channels, [=](std::int64_t i) {
      for (std::int64_t k = 0; k < channels; ++k) {
        const float g = from[k * window + i];
        y[i * channels + k] = w ? g + factor * w[i * channels + k] : g;
      }
    });
  }
}

}  // namespace deepobs::DEEPOBS_ISA
