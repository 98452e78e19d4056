#include "kernels/cuda/columns.h"
#include "kernels/cuda/loops.h"
#include "kernels/cuda/reduce.h"
#include "kernels/reduce_attributes.h"
#include "kernels/sums.h"

namespace deepobs {
namespace {

/// One block of sum_block terms; where it is the only one, the whole sum too.
struct SumBlock {
  const float* x;
  std::int64_t count, blocks;
  double divisor;
  double* partial;
  float* y;

  __device__ void operator()(std::int64_t b) const {
    const std::int64_t begin = b * sum_block, end = begin + sum_block < count ? begin + sum_block : count;
    const double sum = block_sum_terms(begin, end, [this](std::int64_t i) { return x[i]; });
    if (threadIdx.x != 0) return;
    if (b < blocks) partial[b] = sum;
    if (blocks <= 1) *y = static_cast<float>(sum / divisor);
  }
};

struct SumOfPartial {
  const double* partial;
  std::int64_t blocks;
  double divisor;
  float* y;

  __device__ void operator()(std::int64_t) const {
    const double sum = block_sum_terms(0, blocks, [this](std::int64_t i) { return partial[i]; });
    if (threadIdx.x == 0) *y = static_cast<float>(sum / divisor);
  }
};

void sum(const Call& call, CudaQueue& queue) {
  const std::int64_t count = call.in[0].elements(), blocks = sum_blocks(count);
  const double divisor = call.as<SumDivisor>().divisor;
  double* partial = call.out[1].f64();
  float* y = call.out[0].f32();
  const unsigned threads = count > 4096 ? 512 : 128;
  for_each_block(queue, {.blocks = blocks > 0 ? blocks : 1, .threads = threads},
                 SumBlock{call.in[0].f32(), count, blocks, divisor, partial, y});
  if (blocks > 1) for_each_block(queue, {.blocks = 1}, SumOfPartial{partial, blocks, divisor, y});
}

}  // namespace

DEEPOBS_CUDA_BODY(sum) { sum(call, queue); }
DEEPOBS_CUDA_BODY(mean) { sum(call, queue); }

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

DEEPOBS_CUDA_BODY(sum_columns) {
  const std::int64_t columns = call.out[0].elements();
  const std::int64_t rows = columns > 0 ? call.in[0].elements() / columns : 0;
  sum_columns_on_gpu(queue, call.in[0], rows, columns, call.out[0].f32(), call.out[1].f64());
}

DEEPOBS_CUDA_BODY(spread_scalar) {
  const float* dy = call.in[0].f32();
  float* dx = call.out[0].f32();
  const double divisor = call.as<SumDivisor>().divisor;
  for_each_element(queue, call.out[0].elements(),
                   [=] __device__(std::int64_t i) { dx[i] = static_cast<float>(static_cast<double>(*dy) / divisor); });
}

DEEPOBS_CUDA_BODY(spread_over_rows) {
  const float* dy = call.in[0].f32();
  float* dx = call.out[0].f32();
  const std::int64_t rows = call.in[0].elements();
  const std::int64_t width = rows > 0 ? call.out[0].elements() / rows : 1;
  for_each_element(queue, call.out[0].elements(),
                   [=] __device__(std::int64_t i) { dx[i] = dy[divided(i, width).whole]; });
}

DEEPOBS_CUDA_BODY(spread_over_columns) {
  const float* dy = call.in[0].f32();
  float* dx = call.out[0].f32();
  const std::int64_t columns = call.in[0].elements();
  for_each_element(queue, call.out[0].elements(),
                   [=] __device__(std::int64_t i) { dx[i] = dy[remainder_of(i, columns)]; });
}

}  // namespace deepobs
