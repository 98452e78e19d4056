#include "kernels/cuda/loops.h"
#include "kernels/cuda/reduce.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(mse) {
  const float* prediction = call.in[0].f32();
  const float* target = call.in[1].f32();
  float* loss = call.out[0].f32();
  const std::int64_t rows = call.out[0].elements();
  const std::int64_t width = rows > 0 ? call.in[0].elements() / rows : 0;
  for_each_row(queue, rows, [=] __device__(std::int64_t n, int lane) {
    double mine = 0.;
    for (std::int64_t i = n * width + lane; i < (n + 1) * width; i += 32) {
      const double difference = static_cast<double>(prediction[i]) - static_cast<double>(target[i]);
      mine += difference * difference;
    }
    mine = warp_sum(mine);
    if (lane == 0) loss[n] = static_cast<float>(mine / static_cast<double>(width));
  });
}

DEEPOBS_CUDA_BODY(mse_gradient) {
  const float* of = call.in[0].f32();
  const float* other = call.in[1].f32();
  const float* dloss = call.in[2].f32();
  float* gradient = call.out[0].f32();
  const std::int64_t rows = call.in[2].elements();
  const std::int64_t width = rows > 0 ? call.out[0].elements() / rows : 1;
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    const auto factor =
        static_cast<float>(2. * static_cast<double>(dloss[divided(i, width).whole]) / static_cast<double>(width));
    gradient[i] = factor * (of[i] - other[i]);
  });
}

}  // namespace deepobs
