#include "kernels/convolution/winograd/winograd.h"
#include "kernels/convolution/winograd/winograd_tile_loops.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

// y = A^T ((G w G^T) * (B x B^T)) A: groups of tiles of x are transformed into the worker's memory, multiplied by one
// panel of the weights after the other, and what comes of a panel is transformed back while it lies there.

/// Bias and relu on top, for a panel of columns of y.
struct OutputPanel {
  const TiledImages& images;
  float* y;  // the panel's first column of the first image of the task
  const float* bias;
  bool relu;
  int columns;

  template <class T>
  void write(const float* products, std::int64_t position, std::int64_t first, std::int64_t count) const {
    for (std::int64_t t = 0; t < count; ++t) {
      const auto at = images.place(first + t);
      float* pixels = y + images.offset(at);
      const std::int64_t rows = images.height - at.y, across = images.width - at.x;
      for (int c = 0; c < columns; c += lanes) {
        const int wide = columns - c < lanes ? columns - c : lanes;
        const Vec b = bias ? load_first(bias + c, wide) : Vec{};
        collapse_tile<T>([&](int p) { return load(products + p * position + t * tile_columns + c); },
                         [&](int i, int j, Vec sum) {
                           if (i >= rows || j >= across) return;
                           sum += b;
                           if (relu) sum = DEEPOBS_ISA::relu(sum);
                           store_first(pixels + i * images.line() + j * images.channels + c, sum, wide);
                         });
      }
    }
  }
};

/// Some rows of w as a tile of taps each, transformed. `taps` apart in memory: `pixel` floats; rows: `row`.
template <class M>
void transform_rows(const float* w, std::int64_t pixel, std::int64_t row, std::int64_t rows, std::int64_t columns,
                    const TransformedLayout& layout, std::int64_t first, float* to) {
  using T = Transform<M, WeightMatrix>;
  for (std::int64_t r = 0; r < rows; ++r)
    expand_channels<T, -1>(w + r * row, pixel, M::taps * pixel, columns, first + r, layout, to);
}

}  // namespace

void transform_weights(Executor& executor, const WinogradTiles& tiles, const ConvGeometry& geometry, const float* w,
                       bool data_gradient, float* to) {
  const ConvGeometry& g = geometry;
  const std::int64_t taps = g.kh * g.kw, tap = g.c_in * g.c_out;
  const std::int64_t rows = data_gradient ? g.c_out : g.c_in, columns = data_gradient ? g.c_in : g.c_out;
  const TransformedLayout layout = weight_layout(tiles, rows);
  constexpr std::int64_t rows_at_once = 16;
  executor.run(blocks(rows, rows_at_once), [&](std::int64_t task, Worker& worker) {
    const std::int64_t first = task * rows_at_once, count = std::min(rows - first, rows_at_once);
    with_matrices(tiles, [&](auto matrices) {
      using M = decltype(matrices);
      if (!data_gradient) {
        transform_rows<M>(w + first * g.c_out, tap, g.c_out, count, columns, layout, first, to);
        return;
      }
      // The channels of y are the rows now, so the taps are transposed first: a panel of x's channels at a time.
      for (std::int64_t c = 0; c < columns; c += tile_columns) {
        const std::int64_t wide = std::min<std::int64_t>(columns - c, tile_columns);
        for (std::int64_t t = 0; t < taps; ++t)
          pack_right(
              {.data = w + t * tap + c * g.c_out + first, .row = 1, .column = g.c_out, .depth = count, .columns = wide},
              worker.scratch + t * rows_at_once * tile_columns, 0);
        transform_rows<M>(worker.scratch, rows_at_once * tile_columns, tile_columns, count, wide, layout, first,
                          layout.at(to, 0, c));
      }
    });
  });
}

void winograd_forward_images(const WinogradTiles& tiles, const ConvGeometry& geometry, const float* x,
                             const float* weights, std::int64_t first, std::int64_t images, float* y, const float* bias,
                             bool relu, Worker& worker) {
  const ConvGeometry& g = geometry;
  const TiledImages in = tiles_of_x(tiles, g), out = tiles_of_y(tiles, g);
  const float* from = x + first * g.h * g.w * g.c_in;
  with_matrices(tiles, [&](auto matrices) {
    using M = decltype(matrices);
    multiply_tiles<M, PixelMatrix>(
        tiles, in, from, images, g.n - first, weights, g.c_out, worker,
        [&](std::int64_t column, int columns, const float* products, std::int64_t position, std::int64_t begin,
            std::int64_t count) {
          const OutputPanel panel{out, y + column, bias ? bias + column : nullptr, relu, columns};
          panel.write<Transform<M, GradientMatrix>>(products, position, begin, count);
        });
  });
}

void winograd_forward(Executor& executor, const WinogradTiles& tiles, const ConvGeometry& geometry, const float* x,
                      const float* w, float* y, const float* bias, bool relu, float* workspace) {
  const ConvGeometry& g = geometry;
  transform_weights(executor, tiles, g, w, false, workspace);
  const std::int64_t image = g.out_h * g.out_w * g.c_out;
  const ImageCut cut = cut_images(g.n, image);
  executor.run(cut.tasks, [&](std::int64_t task, Worker& worker) {
    const std::int64_t first = block_begin(g.n, cut.tasks, task), end = block_begin(g.n, cut.tasks, task + 1);
    winograd_forward_images(tiles, g, x, workspace, first, end - first, y + first * image, bias, relu, worker);
  });
}

}  // namespace deepobs::DEEPOBS_ISA
