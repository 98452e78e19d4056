#include "kernels/cuda/convolution/conv_loops.h"
#include "kernels/cuda/convolution/conv_sums.h"
#include "kernels/cuda/loops.h"
#include "kernels/cuda/reduce.h"

namespace deepobs {
namespace {

constexpr int tile = 32, tile_rows = 8;

/// One 32 x 32 tile, read and written by rows; the column more keeps the threads of a warp on different banks.
struct TransposedTile {
  Floats from, to;
  std::int64_t rows, columns, tiles_across;

  __device__ void operator()(std::int64_t b) const {
    __shared__ float room[tile][tile + 1];
    const int lane = static_cast<int>(threadIdx.x) % tile, line = static_cast<int>(threadIdx.x) / tile;
    const std::int64_t row = b / tiles_across * tile, column = b % tiles_across * tile;
    for (int r = line; r < tile; r += tile_rows)
      if (row + r < rows && column + lane < columns) room[r][lane] = from[(row + r) * columns + column + lane];
    __syncthreads();
    for (int c = line; c < tile; c += tile_rows)
      if (column + c < columns && row + lane < rows) to.set((column + c) * rows + row + lane, room[lane][c]);
  }
};

struct PlainSum {
  double value = 0.;
  __device__ void add(float a, float b) { value += static_cast<double>(a) * static_cast<double>(b); }
};

struct DirectForward {
  ConvArrays arrays;
  __device__ void operator()(std::int64_t i) const {
    PlainSum sum;
    sum_forward(arrays, i, sum);
    arrays.y.set(i, static_cast<float>(sum.value));
  }
};

struct DirectDataGradient {
  ConvArrays arrays;
  __device__ void operator()(std::int64_t i) const {
    PlainSum sum;
    sum_data_gradient(arrays, i, sum);
    arrays.x.set(i, static_cast<float>(sum.value));
  }
};

/// One weight, by a warp.
struct DirectWeightGradient {
  ConvArrays arrays;
  __device__ void operator()(std::int64_t i, int lane) const {
    PlainSum sum;
    sum_weight_gradient(arrays, i, lane, sum);
    const double total = warp_sum(sum.value);
    const auto [tap, c, k] = weight_place(arrays.g, i);
    if (lane == 0) arrays.w.set(arrays.places(tap, c, k), static_cast<float>(total));
  }
};

}  // namespace

void transpose_on_gpu(const CudaQueue& queue, const Floats& from, std::int64_t rows, std::int64_t columns,
                      const Floats& to) {
  const std::int64_t across = blocks_of(columns, tile);
  for_each_block(queue, {.blocks = blocks_of(rows, tile) * across, .threads = tile * tile_rows},
                 TransposedTile{from, to, rows, columns, across});
}

void direct_conv(const CudaQueue& queue, ConvDirection direction, const ConvArrays& arrays) {
  const ConvGeometry& g = arrays.g;
  if (direction == ConvDirection::forward)
    for_each_element(queue, g.out_pixels() * g.c_out, DirectForward{arrays});
  else if (direction == ConvDirection::data_gradient)
    for_each_element(queue, g.n * g.h * g.w * g.c_in, DirectDataGradient{arrays});
  else
    for_each_row(queue, g.window() * g.c_out, DirectWeightGradient{arrays});
}

}  // namespace deepobs
