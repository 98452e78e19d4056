#include "kernels/convolution/winograd/winograd.h"
#include "kernels/convolution/winograd/winograd_tile_loops.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

// dx = B^T ((G w G^T) * (A dy A^T)) B, the transposed forward direction: tiles of dy do not overlap, so they are as few
// as forward, also where dx is larger than dy; what comes of them does, and is added up in dx, tile after tile. The
// images of a task are its own, and stay in its cache meanwhile.

/// Adds a panel of columns to dx.
template <class T>
void add_tiles(const TiledImages& images, float* dx, int columns, const float* products, std::int64_t position,
               std::int64_t first, std::int64_t count) {
  for (std::int64_t t = 0; t < count; ++t) {
    const auto at = images.place(first + t);
    float* pixels = dx + images.offset(at);
    const bool inside = at.y >= 0 && at.x >= 0 && at.y + T::window <= images.height && at.x + T::window <= images.width;
    for (int c = 0; c < columns; c += lanes) {
      const int wide = columns - c < lanes ? columns - c : lanes;
      const auto product = [&](int p) { return load(products + p * position + t * tile_columns + c); };
      if (inside && wide == lanes)
        collapse_tile<T>(product, [&](int i, int j, Vec sum) {
          float* pixel = pixels + i * images.line() + j * images.channels + c;
          store(pixel, load(pixel) + sum);
        });
      else
        collapse_tile<T>(product, [&](int i, int j, Vec sum) {
          if (at.y + i < 0 || at.y + i >= images.height || at.x + j < 0 || at.x + j >= images.width) return;
          float* pixel = pixels + i * images.line() + j * images.channels + c;
          store_first(pixel, load_first(pixel, wide) + sum, wide);
        });
    }
  }
}

}  // namespace

void winograd_data_gradient(Executor& executor, const WinogradTiles& tiles, const ConvGeometry& geometry,
                            const float* dy, const float* w, float* dx, const float* gate, float* workspace) {
  const ConvGeometry& g = geometry;
  transform_weights(executor, tiles, g, w, true, workspace);
  const TiledImages in = tiles_of_y(tiles, g), out = tiles_of_x(tiles, g);
  const std::int64_t image = g.h * g.w * g.c_in, dy_image = g.out_h * g.out_w * g.c_out;
  const ImageCut cut = cut_images(g.n, image);
  executor.run(cut.tasks, [&](std::int64_t task, Worker& worker) {
    const std::int64_t first = block_begin(g.n, cut.tasks, task);
    const std::int64_t images = block_begin(g.n, cut.tasks, task + 1) - first;
    float* to = dx + first * image;
    std::fill_n(to, images * image, 0.f);
    with_matrices(tiles, [&](auto matrices) {
      using M = decltype(matrices);
      multiply_tiles<M, GradientMatrix>(
          tiles, in, dy + first * dy_image, images, g.n - first, workspace, g.c_in, worker,
          [&](std::int64_t column, int columns, const float* products, std::int64_t position, std::int64_t begin,
              std::int64_t count) {
            add_tiles<Transform<M, PixelMatrix>>(out, to + column, columns, products, position, begin, count);
          });
    });
    if (!gate) return;
    const float* open = gate + first * image;
    std::int64_t i = 0;
    for (; i + lanes <= images * image; i += lanes) store(to + i, zero_unless_positive(load(to + i), load(open + i)));
    const int rest = static_cast<int>(images * image - i);
    store_first(to + i, zero_unless_positive(load_first(to + i, rest), load_first(open + i, rest)), rest);
  });
}

}  // namespace deepobs::DEEPOBS_ISA
