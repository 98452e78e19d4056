#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/math.h"
#include "kernels/cpu/sums.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

/// The largest of x[0..count), which ignores a NaN: -infinity if there is nothing else.
float largest(const float* x, std::int64_t count) {
  constexpr int lanes = 16;
  float most = -__builtin_inff();
  std::int64_t i = 0;
  if (count >= lanes) {
    float lane[lanes];
    for (float& start : lane) start = most;
    for (; i + lanes <= count; i += lanes)
      for (int l = 0; l < lanes; ++l) lane[l] = x[i + l] > lane[l] ? x[i + l] : lane[l];
    for (int l = 0; l < lanes; ++l) most = lane[l] > most ? lane[l] : most;
  }
  for (; i < count; ++i) most = x[i] > most ? x[i] : most;
  return most;
}

}  // namespace

void softmax_xent(const Call& call) {
  constexpr std::int64_t at_once = 2048;  // probabilities that stay in the first cache from one pass to the next
  const float* logits = call.in[0].f32();
  const std::int32_t* labels = call.in[1].i32();
  float* losses = call.out[0].f32();
  float* probabilities = call.out[1].f32();
  const std::int64_t rows = call.in[0].shape[0], classes = call.in[0].shape[1];  // of which there is one at least

  const auto some_rows = [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      const float* x = logits + n * classes;
      float* shifted = probabilities + n * classes;
      const float most = largest(x, classes);
      for (std::int64_t k = 0; k < classes; ++k) shifted[k] = x[k] - most;
      // The shifted logit of the label is all that the loss still needs of the logits.
      const std::int32_t label = labels[n];
      losses[n] = label >= 0 && label < classes ? shifted[label] : __builtin_nanf("");
    }
    // Over several rows: ten classes would not fill a vector.
    for (std::int64_t i = begin * classes; i < end * classes; ++i) probabilities[i] = exp_f32(probabilities[i]);
    double sums[at_once];
    for (std::int64_t n = begin; n < end; ++n) {
      float* p = probabilities + n * classes;
      const double sum = sum_terms(0, classes, [=](std::int64_t k) { return p[k]; });
      const auto factor = static_cast<float>(1. / sum);
      for (std::int64_t k = 0; k < classes; ++k) p[k] *= factor;
      sums[n - begin] = sum;
    }
    for (std::int64_t n = begin; n < end; ++n)
      losses[n] = static_cast<float>(log_of_sum(sums[n - begin]) - static_cast<double>(losses[n]));
  };
  const std::int64_t rows_at_once = classes < at_once ? at_once / classes : 1;
  for_each_range(call, rows, classes, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; n += rows_at_once)
      some_rows(n, n + rows_at_once < end ? n + rows_at_once : end);
  });
}

void softmax_xent_gradient(const Call& call) {
  const float* probabilities = call.in[0].f32();
  const std::int32_t* labels = call.in[1].i32();
  const float* dloss = call.in[2].f32();
  float* dlogits = call.out[0].f32();  // may be the memory of the probabilities
  const std::int64_t rows = call.out[0].shape[0], classes = call.out[0].shape[1];

  for_each_row(call, rows, classes, [=](std::int64_t n) {
    const float* p = probabilities + n * classes;
    float* dx = dlogits + n * classes;
    const std::int32_t label = labels[n];
    const bool valid = label >= 0 && label < classes;
    const float weight = valid ? dloss[n] : __builtin_nanf("");
    const float at_label = valid ? weight * (p[label] - 1.f) : 0.f;
    for (std::int64_t k = 0; k < classes; ++k) dx[k] = weight * p[k];
    if (valid) dx[label] = at_label;
  });
}

}  // namespace deepobs::DEEPOBS_ISA
