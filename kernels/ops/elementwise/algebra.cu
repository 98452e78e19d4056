#include "kernels/cuda/vector_loops.h"
#include "kernels/ops/elementwise/algebra_attributes.h"

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
struct Larger {
  __device__ float operator()(float a, float b) const { return a >= b || a != a ? a : b; }
};
struct Smaller {
  __device__ float operator()(float a, float b) const { return a <= b || a != a ? a : b; }
};
struct Greater {
  __device__ float operator()(float a, float b) const { return a > b ? 1.f : 0.f; }
};

/// y = combine(a, b), where b is as long as a, one number, or a row of a.
template <class Combine>
void binary(const Call& call, CudaQueue& queue) {
  const std::int64_t count = call.out[0].elements(), width = call.in[1].elements();
  const Floats a = call.in[0], b = call.in[1], y = call.out[0];
  if (width == count)
    map_elements(queue, count, y, Combine(), a, b);
  else
    map_rows(queue, count, width, y, Combine(), a, b);
}

struct Scaled {
  float factor;
  __device__ float operator()(float x) const { return factor * x; }
};
struct Same {
  __device__ float operator()(float x) const { return x; }
};
struct Constant {
  float value;
  __device__ float operator()() const { return value; }
};

/// An element of a sum of some terms; `go_on`: the sum so far stands in y.
struct SumOfTerms {
  static constexpr int most = 16;
  Floats term[most];
  int count;
  bool go_on;
  Floats y;

  __device__ void operator()(std::int64_t i) const {
    float sum = go_on ? y[i] + term[0][i] : term[0][i];
    for (int t = 1; t < count; ++t) sum += term[t][i];
    y.set(i, sum);
  }
};

}  // namespace

DEEPOBS_CUDA_BODY(add) { binary<Add>(call, queue); }
DEEPOBS_CUDA_BODY(bias_add) { binary<Add>(call, queue); }
DEEPOBS_CUDA_BODY(subtract) { binary<Subtract>(call, queue); }
DEEPOBS_CUDA_BODY(multiply) { binary<Multiply>(call, queue); }
DEEPOBS_CUDA_BODY(divide) { binary<Divide>(call, queue); }

DEEPOBS_CUDA_BODY(maximum) { binary<Larger>(call, queue); }
DEEPOBS_CUDA_BODY(minimum) { binary<Smaller>(call, queue); }
DEEPOBS_CUDA_BODY(greater) { binary<Greater>(call, queue); }

DEEPOBS_CUDA_BODY(scale) {
  map_elements(queue, call.out[0].elements(), call.out[0], Scaled{call.as<AlgebraFactor>().factor}, Floats(call.in[0]));
}

/// y may lie on the first term. A sum of two, the usual one, goes by packs.
DEEPOBS_CUDA_BODY(sum_of) {
  const std::int64_t count = call.out[0].elements();
  if (call.in.size() == 2)
    return map_elements(queue, count, call.out[0], Add(), Floats(call.in[0]), Floats(call.in[1]));
  for (std::size_t first = 0; first < call.in.size(); first += SumOfTerms::most) {
    SumOfTerms terms{{}, 0, first > 0, call.out[0]};
    for (std::size_t t = first; t < call.in.size() && terms.count < SumOfTerms::most; ++t)
      terms.term[terms.count++] = call.in[t];
    for_each_element(queue, count, terms);
  }
}

DEEPOBS_CUDA_BODY(copy) { map_elements(queue, call.out[0].elements(), call.out[0], Same(), Floats(call.in[0])); }

DEEPOBS_CUDA_BODY(constant) {
  map_elements(queue, call.out[0].elements(), call.out[0], Constant{call.as<AlgebraFactor>().factor});
}

DEEPOBS_CUDA_BODY(identity) {
  float* y = call.out[0].f32();
  const float value = call.as<AlgebraFactor>().factor;
  const std::int64_t extent = call.out[0].shape[0];
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    const Quotient row = divided(i, extent);
    y[i] = row.whole == row.rest ? value : 0.f;
  });
}

}  // namespace deepobs
