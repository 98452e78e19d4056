#include "kernels/algebra_attributes.h"
#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"

namespace deepobs {
namespace {

struct Add {
  __device__ float operator()(float a, float b) const { return a + b; }
};
struct Subtract {
  __device__ float operator()(float a, float b) const { return a - b; }
};
struct Multiply {
  __device__ float operator()(float a, float b) const { return a * b; }
};
struct Divide {
  __device__ float operator()(float a, float b) const { return a / b; }
};

/// y = combine(a, b), where b is as long as a, one number, or a row of a.
template <class Combine>
struct Binary {
  Floats a, b, y;
  std::int64_t width;
  __device__ void operator()(std::int64_t i) const { y.set(i, Combine()(a[i], b[remainder_of(i, width)])); }
};

template <class Combine>
struct LikeShapes {
  Floats a, b, y;
  __device__ void operator()(std::int64_t i) const { y.set(i, Combine()(a[i], b[i])); }
};

template <class Combine>
void binary(const Call& call, CudaQueue& queue) {
  const std::int64_t count = call.out[0].elements(), width = call.in[1].elements();
  const Floats a = call.in[0], b = call.in[1], y = call.out[0];
  if (width == count)
    for_each_element(queue, count, LikeShapes<Combine>{a, b, y});
  else
    for_each_element(queue, count, Binary<Combine>{a, b, y, width});
}

/// Some terms of a sum, and whether the sum so far stands in y.
struct SomeTerms {
  static constexpr int most = 16;
  Floats term[most];
  int count;
  bool go_on;
};

}  // namespace

DEEPOBS_CUDA_BODY(add) { binary<Add>(call, queue); }
DEEPOBS_CUDA_BODY(bias_add) { binary<Add>(call, queue); }
DEEPOBS_CUDA_BODY(subtract) { binary<Subtract>(call, queue); }
DEEPOBS_CUDA_BODY(multiply) { binary<Multiply>(call, queue); }
DEEPOBS_CUDA_BODY(divide) { binary<Divide>(call, queue); }

DEEPOBS_CUDA_BODY(scale) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  const float factor = call.as<AlgebraFactor>().factor;
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) { y[i] = factor * x[i]; });
}

DEEPOBS_CUDA_BODY(sum_of) {
  const Floats y = call.out[0];  // may lie on the first term
  for (std::size_t first = 0; first < call.in.size(); first += SomeTerms::most) {
    SomeTerms terms{{}, 0, first > 0};
    for (std::size_t t = first; t < call.in.size() && terms.count < SomeTerms::most; ++t)
      terms.term[terms.count++] = call.in[t];
    for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
      float sum = terms.go_on ? y[i] + terms.term[0][i] : terms.term[0][i];
      for (int t = 1; t < terms.count; ++t) sum += terms.term[t][i];
      y.set(i, sum);
    });
  }
}

DEEPOBS_CUDA_BODY(copy) {
  const Floats x = call.in[0], y = call.out[0];
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) { y.set(i, x[i]); });
}

DEEPOBS_CUDA_BODY(constant) {
  float* y = call.out[0].f32();
  const float value = call.as<AlgebraFactor>().factor;
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) { y[i] = value; });
}

}  // namespace deepobs
