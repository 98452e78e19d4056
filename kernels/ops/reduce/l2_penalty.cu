#include <memory>

#include "kernels/cuda/last_block.h"
#include "kernels/cuda/loops.h"
#include "kernels/ops/reduce/l2_penalty_attributes.h"

namespace deepobs {
namespace {

constexpr std::int64_t block_terms = 4096;

std::int64_t blocks_for(const Call& call) {
  std::int64_t blocks = 0;
  for (const View& weights : call.in) blocks += blocks_of(weights.elements(), block_terms);
  return blocks;
}

/// The squares of some of the tensors, whose blocks stand one behind the other. Behind the last tensors the sum of all.
struct Squares {
  static constexpr int most = 32;
  const float* weights[most]{};
  std::int64_t count[most]{}, first_block[most + 1]{};
  int tensors = 0;
  BlockParts parts;
  std::int64_t before = 0, all = 0;  // parts of the tensors before these; of all, 0 where others follow
  double factor = 0.;
  float* y = nullptr;  // null where others follow

  __device__ void operator()(std::int64_t b) const {
    int t = 0;
    while (t < tensors && b >= first_block[t + 1]) ++t;  // to the end where no tensor has an element
    double sum = 0.;
    if (t < tensors) {
      const float* w = weights[t];
      const std::int64_t begin = (b - first_block[t]) * block_terms;
      const std::int64_t end = begin + block_terms < count[t] ? begin + block_terms : count[t];
      sum = block_sum_terms(begin, end, [w](std::int64_t i) {
        const auto value = static_cast<double>(w[i]);
        return value * value;
      });
    }
    sum_of_parts(parts, before + b, sum, all, [this](double total) {
      if (y) *y = static_cast<float>(factor / 2. * total);
    });
  }
};

}  // namespace

DEEPOBS_CUDA_PREPARE(l2_penalty) {
  auto prepared = std::make_unique<CudaPrepared>();
  prepared->kept_bytes = BlockParts::bytes(blocks_for(call) + 1);
  return prepared.release();
}

/// One launch for every `most` tensors, of which the last one adds.
DEEPOBS_CUDA_BODY(l2_penalty) {
  std::int64_t before = 0;
  for (std::size_t next = 0; next < call.in.size();) {
    Squares squares{.parts = BlockParts(queue.kept), .before = before, .factor = call.as<L2Factor>().factor};
    for (; next < call.in.size() && squares.tensors < Squares::most; ++next) {
      const int t = squares.tensors++;
      squares.weights[t] = call.in[next].f32();
      squares.count[t] = call.in[next].elements();
      squares.first_block[t + 1] = squares.first_block[t] + blocks_of(squares.count[t], block_terms);
    }
    std::int64_t blocks = squares.first_block[squares.tensors];
    if (next == call.in.size()) {
      squares.all = before + blocks;
      squares.y = call.out[0].f32();
      if (blocks == 0) blocks = 1;
    }
    for_each_block(queue, {.blocks = blocks}, squares);
    before += blocks;
  }
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
