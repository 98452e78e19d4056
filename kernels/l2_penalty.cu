#include "kernels/cuda/loops.h"
#include "kernels/cuda/reduce.h"
#include "kernels/l2_penalty_attributes.h"
#include "kernels/sums.h"

namespace deepobs {
namespace {

/// The squares of some of the tensors, whose blocks stand one behind the other.
struct Squares {
  static constexpr int most = 32;
  const float* weights[most];
  std::int64_t count[most], first_block[most + 1];
  int tensors = 0;
  double* partial;

  __device__ void operator()(std::int64_t b) const {
    int t = 0;
    while (b >= first_block[t + 1]) ++t;
    const float* w = weights[t];
    const std::int64_t begin = (b - first_block[t]) * sum_block;
    const std::int64_t end = begin + sum_block < count[t] ? begin + sum_block : count[t];
    const double sum = block_sum_terms(begin, end, [w](std::int64_t i) {
      const auto value = static_cast<double>(w[i]);
      return value * value;
    });
    if (threadIdx.x == 0) partial[b] = sum;
  }
};

struct Penalty {
  const double* partial;
  std::int64_t blocks;
  double factor;
  float* y;

  __device__ void operator()(std::int64_t) const {
    const double sum = block_sum_terms(0, blocks, [this](std::int64_t i) { return partial[i]; });
    if (threadIdx.x == 0) *y = static_cast<float>(factor / 2. * sum);
  }
};

}  // namespace

DEEPOBS_CUDA_BODY(l2_penalty) {
  double* partial = call.out[1].f64();
  for (std::size_t next = 0; next < call.in.size();) {
    Squares squares{};
    squares.partial = partial;
    for (; next < call.in.size() && squares.tensors < Squares::most; ++next) {
      const int t = squares.tensors++;
      squares.weights[t] = call.in[next].f32();
      squares.count[t] = call.in[next].elements();
      squares.first_block[t + 1] = squares.first_block[t] + sum_blocks(squares.count[t]);
    }
    const std::int64_t blocks = squares.first_block[squares.tensors];
    for_each_block(queue, {.blocks = blocks, .threads = 512}, squares);
    partial += blocks;
  }
  for_each_block(queue, {.blocks = 1},
                 Penalty{call.out[1].f64(), call.out[1].elements(), call.as<L2Factor>().factor, call.out[0].f32()});
}

DEEPOBS_CUDA_BODY(l2_penalty_gradient) {
  const double factor = call.as<L2Factor>().factor;
  const float* dy = call.in[0].f32();
  const float* w = call.in[1].f32();
  float* dw = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    dw[i] = static_cast<float>(factor * static_cast<double>(*dy)) * w[i];
  });
}

}  // namespace deepobs
