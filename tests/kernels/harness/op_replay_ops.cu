#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"

// The bodies for a GPU of the ops that tests have for themselves, most of them op_replay.cpp's; for libraries that only
// tests load.

namespace deepobs {

DEEPOBS_CUDA_BODY(stage) {
  const Floats x = call.in[0], y = call.out[0];
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) { y.set(i, x[i]); });
}

DEEPOBS_CUDA_BODY(weigh) {
  const float* y = call.in[0].f32();
  const float* w = call.in[1].f32();
  float* sum = call.out[0].f32();
  const std::int64_t count = call.in[0].elements();
  for_each_block(queue, {.blocks = 1, .threads = 1}, [=] __device__(std::int64_t) {
    double all = 0;
    for (std::int64_t i = 0; i < count; ++i) all += static_cast<double>(y[i]) * static_cast<double>(w[i]);
    *sum = static_cast<float>(all);
  });
}

DEEPOBS_CUDA_BODY(weigh_gradient) {
  const float* dy = call.in[0].f32();
  const float* w = call.in[1].f32();
  float* dx = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) { dx[i] = *dy * w[i]; });
}

DEEPOBS_CUDA_BODY(hollow) {}

DEEPOBS_CUDA_BODY(hollow_gradient) {
  float* dx = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) { dx[i] = 0.f; });
}

}  // namespace deepobs
