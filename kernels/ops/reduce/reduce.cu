#include <memory>

#include "kernels/cuda/convolution/columns.h"
#include "kernels/cuda/last_block.h"
#include "kernels/cuda/loops.h"
#include "kernels/ops/reduce/reduce_attributes.h"
#include "kernels/ops/shape/along_axis.h"

namespace deepobs {
namespace {

constexpr std::int64_t block_terms = 4096;

/// Nothing is one block too: its sum is 0.
std::int64_t blocks_for(std::int64_t count) { return count > 0 ? blocks_of(count, block_terms) : 1; }

struct Element {
  const float* x;
  __device__ double operator()(std::int64_t i) const { return static_cast<double>(x[i]); }
};
struct Product {
  const float *a, *b;
  __device__ double operator()(std::int64_t i) const { return static_cast<double>(a[i]) * static_cast<double>(b[i]); }
};

template <class Term>
struct SumBlock {
  Term term;
  std::int64_t count;
  double divisor;
  BlockParts parts;
  float* y;

  __device__ void operator()(std::int64_t b) const {
    const std::int64_t begin = b * block_terms, end = begin + block_terms < count ? begin + block_terms : count;
    const double sum = block_sum_terms(begin, end, term);
    sum_of_blocks(parts, sum, [this](double total) { *y = static_cast<float>(total / divisor); });
  }
};

/// Of sum_columns.
std::int64_t rows_of(const Call& call) {
  const std::int64_t columns = call.out[0].elements();
  return columns > 0 ? call.in[0].elements() / columns : 0;
}

CudaPrepared* prepare_sum(const Call& call) {
  auto prepared = std::make_unique<CudaPrepared>();
  prepared->kept_bytes = BlockParts::bytes(blocks_for(call.in[0].elements()));
  return prepared.release();
}

template <class Term>
void sum(const Call& call, CudaQueue& queue, const Term& term, double divisor) {
  const std::int64_t count = call.in[0].elements();
  for_each_block(queue, {.blocks = blocks_for(count)},
                 SumBlock<Term>{term, count, divisor, BlockParts(queue.kept), call.out[0].f32()});
}

}  // namespace

DEEPOBS_CUDA_PREPARE(sum) { return prepare_sum(call); }
DEEPOBS_CUDA_PREPARE(mean) { return prepare_sum(call); }
DEEPOBS_CUDA_PREPARE(dot) { return prepare_sum(call); }

DEEPOBS_CUDA_BODY(sum) { sum(call, queue, Element{call.in[0].f32()}, 1.); }
DEEPOBS_CUDA_BODY(mean) { sum(call, queue, Element{call.in[0].f32()}, call.as<SumDivisor>().divisor); }
DEEPOBS_CUDA_BODY(dot) { sum(call, queue, Product{call.in[0].f32(), call.in[1].f32()}, 1.); }

DEEPOBS_CUDA_BODY(sum_rows) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  const std::int64_t rows = call.out[0].elements();
  const std::int64_t width = rows > 0 ? call.in[0].elements() / rows : 0;
  for_each_row(queue, rows, [=] __device__(std::int64_t r, int lane) {
    double mine = 0.;
    for (std::int64_t i = lane; i < width; i += 32) mine += static_cast<double>(x[r * width + i]);
    mine = warp_sum(mine);
    if (lane == 0) y[r] = static_cast<float>(mine);
  });
}

DEEPOBS_CUDA_PREPARE(sum_columns) {
  auto prepared = std::make_unique<CudaPrepared>();
  prepared->kept_bytes = column_sum_bytes(rows_of(call), call.out[0].elements());
  return prepared.release();
}

DEEPOBS_CUDA_BODY(sum_columns) {
  sum_columns_on_gpu(queue, call.in[0], rows_of(call), call.out[0].elements(), call.out[0].f32(), queue.kept);
}

DEEPOBS_CUDA_BODY(spread_scalar) {
  const float* dy = call.in[0].f32();
  float* dx = call.out[0].f32();
  const double divisor = call.as<SumDivisor>().divisor;
  for_each_element(queue, call.out[0].elements(),
                   [=] __device__(std::int64_t i) { dx[i] = static_cast<float>(static_cast<double>(*dy) / divisor); });
}

DEEPOBS_CUDA_BODY(sum_middle) {
  const AlongAxis along = call.as<AlongAxis>();
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    const Quotient slab = divided(i, along.inner);
    const float* from = x + slab.whole * along.extent * along.inner + slab.rest;
    double sum = 0.;
    for (std::int64_t e = 0; e < along.extent; ++e) sum += static_cast<double>(from[e * along.inner]);
    y[i] = static_cast<float>(sum);
  });
}

DEEPOBS_CUDA_BODY(spread) {
  const AlongAxis along = call.as<AlongAxis>();
  const float* y = call.in[0].f32();
  float* x = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    const Quotient slab = divided(i, along.inner);
    x[i] = y[divided(slab.whole, along.extent).whole * along.inner + slab.rest];
  });
}

}  // namespace deepobs
