#include "kernels/cpu/math.h"
#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"
#include "kernels/cuda/reduce.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(softmax_xent) {
  const float* logits = call.in[0].f32();
  const std::int32_t* labels = call.in[1].i32();
  float* losses = call.out[0].f32();
  float* probabilities = call.out[1].f32();
  const std::int64_t rows = call.out[0].elements();
  const std::int64_t classes = rows > 0 ? call.in[0].elements() / rows : 0;
  for_each_row(queue, rows, [=] __device__(std::int64_t n, int lane) {
    const float* x = logits + n * classes;
    float* p = probabilities + n * classes;
    float most = -__builtin_inff();
    for (std::int64_t k = lane; k < classes; k += 32) most = x[k] > most ? x[k] : most;  // not a NaN
    most = over_warp(most, [](float a, float b) { return a > b ? a : b; });
    double sum = 0.;
    for (std::int64_t k = lane; k < classes; k += 32) {
      p[k] = exp_f32(x[k] - most);
      sum += static_cast<double>(p[k]);
    }
    sum = warp_sum(sum);
    const auto factor = static_cast<float>(1. / sum);
    for (std::int64_t k = lane; k < classes; k += 32) p[k] *= factor;
    if (lane != 0) return;
    const std::int32_t label = labels[n];
    const float at_label = label >= 0 && label < classes ? x[label] - most : __builtin_nanf("");
    losses[n] = static_cast<float>(log_of_sum(sum) - static_cast<double>(at_label));
  });
}

DEEPOBS_CUDA_BODY(softmax_xent_gradient) {
  const float* probabilities = call.in[0].f32();
  const std::int32_t* labels = call.in[1].i32();
  const float* dloss = call.in[2].f32();
  const Floats dlogits = call.out[0];  // may be the memory of the probabilities
  const std::int64_t rows = call.in[1].elements();
  const std::int64_t classes = rows > 0 ? call.out[0].elements() / rows : 1;
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    const auto [n, k] = divided(i, classes);
    const std::int32_t label = labels[n];
    const float weight = label >= 0 && label < classes ? dloss[n] : __builtin_nanf("");
    dlogits.set(i, weight * (k == label ? probabilities[i] - 1.f : probabilities[i]));
  });
}

}  // namespace deepobs
