#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"

namespace deepobs {
namespace {

constexpr unsigned threads = 128;

/// One row of the table: a block looks through all ids in their order, some at a time, and each thread adds the dy of
/// its own columns.
struct RowGradient {
  const std::int32_t* ids;
  Floats dy;
  float* dtable;
  std::int64_t count, width;

  __device__ void operator()(std::int64_t row) const {
    __shared__ bool found[threads];
    const auto thread = static_cast<std::int64_t>(threadIdx.x);
    for (std::int64_t first = 0; first < width; first += threads) {
      const std::int64_t c = first + thread;
      double sum = 0.;
      for (std::int64_t begin = 0; begin < count; begin += threads) {
        const std::int64_t left = count - begin < threads ? count - begin : threads;
        __syncthreads();  // the last ones were looked at
        found[thread] = thread < left && ids[begin + thread] == row;
        __syncthreads();
        if (c < width)
          for (std::int64_t k = 0; k < left; ++k)
            if (found[k]) sum += static_cast<double>(dy[(begin + k) * width + c]);
      }
      if (c < width) dtable[row * width + c] = static_cast<float>(sum);
    }
  }
};

}  // namespace

DEEPOBS_CUDA_BODY(embedding) {
  const std::int32_t* ids = call.in[0].i32();
  const float* table = call.in[1].f32();
  const Floats y = call.out[0];
  const std::int64_t rows = call.in[1].shape[0], width = call.in[1].shape[1];
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    const auto [position, c] = divided(i, width);
    const std::int32_t row = ids[position];
    y.set(i, row >= 0 && row < rows ? table[row * width + c] : __builtin_nanf(""));
  });
}

DEEPOBS_CUDA_BODY(embedding_gradient) {
  for_each_block(
      queue, {.blocks = call.out[0].shape[0], .threads = threads},
      RowGradient{call.in[0].i32(), call.in[1], call.out[0].f32(), call.in[0].elements(), call.out[0].shape[1]});
}

}  // namespace deepobs
