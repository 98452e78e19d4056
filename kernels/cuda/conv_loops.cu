#include "kernels/cuda/conv_loops.h"
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

struct DirectForward {
  ConvGeometry g;
  Floats x, w, y;
  FilterPlaces places;

  __device__ void operator()(std::int64_t i) const {
    const std::int64_t k = i % g.c_out, pixel = i / g.c_out;
    const std::int64_t left = pixel % g.out_w * g.stride_w - g.pad_left;
    const std::int64_t top = pixel / g.out_w % g.out_h * g.stride_h - g.pad_top;
    const std::int64_t image = pixel / g.out_w / g.out_h * g.h;
    double sum = 0.;
    for (std::int64_t u = 0; u < g.kh; ++u)
      for (std::int64_t v = 0; v < g.kw; ++v) {
        const std::int64_t p = top + u, q = left + v;
        if (p < 0 || p >= g.h || q < 0 || q >= g.w) continue;
        for (std::int64_t c = 0; c < g.c_in; ++c)
          sum += static_cast<double>(x[((image + p) * g.w + q) * g.c_in + c]) *
                 static_cast<double>(w[places(u * g.kw + v, c, k)]);
      }
    y.set(i, static_cast<float>(sum));
  }
};

struct DirectDataGradient {
  ConvGeometry g;
  Floats dy, w, dx;
  FilterPlaces places;

  __device__ void operator()(std::int64_t i) const {
    const std::int64_t c = i % g.c_in, pixel = i / g.c_in;
    const std::int64_t q = pixel % g.w, p = pixel / g.w % g.h, n = pixel / g.w / g.h;
    double sum = 0.;
    for (std::int64_t u = 0; u < g.kh; ++u) {
      const std::int64_t row = p + g.pad_top - u;
      if (row < 0 || row % g.stride_h != 0 || row / g.stride_h >= g.out_h) continue;
      for (std::int64_t v = 0; v < g.kw; ++v) {
        const std::int64_t column = q + g.pad_left - v;
        if (column < 0 || column % g.stride_w != 0 || column / g.stride_w >= g.out_w) continue;
        const std::int64_t from = ((n * g.out_h + row / g.stride_h) * g.out_w + column / g.stride_w) * g.c_out;
        for (std::int64_t k = 0; k < g.c_out; ++k)
          sum += static_cast<double>(dy[from + k]) * static_cast<double>(w[places(u * g.kw + v, c, k)]);
      }
    }
    dx.set(i, static_cast<float>(sum));
  }
};

/// One weight, by a warp.
struct DirectWeightGradient {
  ConvGeometry g;
  Floats x, dy, dw;
  FilterPlaces places;

  __device__ void operator()(std::int64_t i, int lane) const {
    const std::int64_t pixels = g.n * g.out_h * g.out_w;
    const std::int64_t k = i % g.c_out, c = i / g.c_out % g.c_in, tap = i / g.c_out / g.c_in;
    const std::int64_t u = tap / g.kw, v = tap % g.kw;
    double sum = 0.;
    for (std::int64_t pixel = lane; pixel < pixels; pixel += 32) {
      const std::int64_t q = pixel % g.out_w * g.stride_w - g.pad_left + v;
      const std::int64_t p = pixel / g.out_w % g.out_h * g.stride_h - g.pad_top + u;
      if (p < 0 || p >= g.h || q < 0 || q >= g.w) continue;
      sum += static_cast<double>(x[((pixel / g.out_w / g.out_h * g.h + p) * g.w + q) * g.c_in + c]) *
             static_cast<double>(dy[pixel * g.c_out + k]);
    }
    sum = warp_sum(sum);
    if (lane == 0) dw.set(places(tap, c, k), static_cast<float>(sum));
  }
};

}  // namespace

void transpose_on_gpu(const CudaQueue& queue, const Floats& from, std::int64_t rows, std::int64_t columns,
                      const Floats& to) {
  const std::int64_t across = blocks_of(columns, tile);
  for_each_block(queue, {.blocks = blocks_of(rows, tile) * across, .threads = tile * tile_rows},
                 TransposedTile{from, to, rows, columns, across});
}

void add_bias_on_gpu(const CudaQueue& queue, const Floats& x, const float* bias, const Floats& y, std::int64_t count,
                     std::int64_t channels, bool relu) {
  for_each_element(queue, count, [=] __device__(std::int64_t i) {
    const float sum = x[i] + bias[remainder_of(i, channels)];
    y.set(i, relu && sum < 0.f ? 0.f : sum);
  });
}

void direct_forward(const CudaQueue& queue, const ConvGeometry& g, const Floats& x, const Floats& w,
                    const FilterPlaces& places, const Floats& y) {
  for_each_element(queue, g.out_pixels() * g.c_out, DirectForward{g, x, w, y, places});
}

void direct_data_gradient(const CudaQueue& queue, const ConvGeometry& g, const Floats& dy, const Floats& w,
                          const FilterPlaces& places, const Floats& dx) {
  for_each_element(queue, g.n * g.h * g.w * g.c_in, DirectDataGradient{g, dy, w, dx, places});
}

void direct_weight_gradient(const CudaQueue& queue, const ConvGeometry& g, const Floats& x, const Floats& dy,
                            const Floats& dw, const FilterPlaces& places) {
  for_each_row(queue, g.window() * g.c_out, DirectWeightGradient{g, x, dy, dw, places});
}

}  // namespace deepobs
