#include "kernels/convolution/winograd/winograd.h"
#include "kernels/convolution/winograd/winograd_tile_loops.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

// dw = G^T (sum over tiles of (B x B^T) * (A dy A^T)) G: for each position one product, of depth = the tiles. The sums
// are large (positions * c_in * c_out), so a task keeps but two rows of positions in its cache, and takes the tiles
// of its slice of the images in groups.

struct Sums {
  float* products;  ///< [positions, c_in, columns]
  float* bias;      ///< [columns]
  std::int64_t columns;
};

/// sums += dy over all pixels.
void add_pixels(const float* dy, std::int64_t pixels, std::int64_t channels, float* sums) {
  for (std::int64_t c = 0; c < channels; c += lanes) {
    const int wide = static_cast<int>(std::min<std::int64_t>(channels - c, lanes));
    Vec sum{};
    for (std::int64_t p = 0; p < pixels; ++p) sum += load_first(dy + p * channels + c, wide);
    store(sums + c, load(sums + c) + sum);
  }
}

/// sums (+)= left^T right for one position.
void add_products(std::int64_t tiles, std::int64_t c_in, std::int64_t c_out, const float* left, std::int64_t left_row,
                  const float* right, std::int64_t panel, bool add, float* sums, std::int64_t sum_row) {
  const Segment segment{0, 0, tiles};
  const std::int64_t panels = blocks(c_in, tile_rows);
  for (std::int64_t column = 0; column < c_out; column += tile_columns, right += panel) {
    for (std::int64_t p = 0; p < panels; ++p) {
      const std::int64_t first = block_begin(c_in, panels, p);
      const int rows = static_cast<int>(block_begin(c_in, panels, p + 1) - first);
      float* c[tile_rows];
      for (int r = 0; r < rows; ++r) c[r] = sums + (first + r) * sum_row + column;
      multiply_tile(rows, static_cast<int>(std::min<std::int64_t>(c_out - column, tile_columns)),
                    {.a = {left + first, left_row, true, &segment, 1},
                     .b = {right, tile_columns},
                     .c = c,
                     .add_to_c = add,
                     .bias = nullptr,
                     .relu = false,
                     .gate = nullptr});
    }
  }
}

/// Rows 2 pair and 2 pair + 1 of the positions, for some images.
template <class M, int pair>
void sum_rows(const WinogradTiles& tiles, const ConvGeometry& g, const float* x, const float* dy, std::int64_t images,
              const Sums& sums, Worker& worker) {
  constexpr int first = 2 * pair * M::size, positions = (2 * pair + 1 < M::size ? 2 : 1) * M::size;
  const TiledImages in = tiles_of_x(tiles, g), out = tiles_of_y(tiles, g);
  const std::int64_t all = images * in.grid.in_image();
  const std::int64_t row = round_up(g.c_in, lanes) + round_up(g.c_out, tile_columns);
  const std::int64_t groups = std::max(groups_of_tiles(all, 2 * M::size * row, group_floats), blocks(all, gemm_depth));
  for (std::int64_t group = 0; group < groups; ++group) {
    const std::int64_t begin = block_begin(all, groups, group), count = block_begin(all, groups, group + 1) - begin;
    const TransformedLayout left = TransformedLayout::dense(count, g.c_in);
    const TransformedLayout right = TransformedLayout::panels(count, g.c_out);
    float* a = worker.scratch;
    float* b = a + positions * left.position;
    expand_tiles<Transform<M, PixelMatrix>, pair>(in, x, begin, count, left, a);
    expand_tiles<Transform<M, GradientMatrix>, pair>(out, dy, begin, count, right, b);
    for (int p = 0; p < positions; ++p)
      add_products(count, g.c_in, g.c_out, a + p * left.position, left.row, b + p * right.position, right.panel,
                   group > 0, sums.products + (first + p) * g.c_in * sums.columns, sums.columns);
  }
}

/// dw of one row of channels, from the sums of all slices.
template <class M>
void finish_row(const ConvGeometry& g, const Sums& sums, std::int64_t slices, std::int64_t slice_floats,
                std::int64_t channel, float* dw) {
  using T = Transform<M, WeightMatrix>;
  const std::int64_t position = g.c_in * sums.columns, tap = g.c_in * g.c_out;
  for (std::int64_t k = 0; k < g.c_out; k += lanes) {
    const int wide = static_cast<int>(std::min<std::int64_t>(g.c_out - k, lanes));
    const float* from = sums.products + channel * sums.columns + k;
    collapse_tile<T>(
        [&](int p) {
          Vec sum = load_first(from + p * position, wide);
          for (std::int64_t s = 1; s < slices; ++s) sum += load_first(from + p * position + s * slice_floats, wide);
          return sum;
        },
        [&](int u, int v, Vec sum) { store_first(dw + (u * M::taps + v) * tap + channel * g.c_out + k, sum, wide); });
  }
}

}  // namespace

void winograd_weight_gradient(Executor& executor, const WinogradTiles& tiles, const ConvGeometry& geometry,
                              const float* x, const float* dy, float* dw, float* db, float* workspace) {
  const ConvGeometry& g = geometry;
  const TransformedGradientCut cut = cut_transformed_gradient(tiles, g);
  const std::int64_t columns = round_up(g.c_out, widest_tile_columns);
  const std::int64_t product_floats = tiles.positions() * g.c_in * columns, slice_floats = product_floats + columns;
  const std::int64_t x_image = g.h * g.w * g.c_in, pixels = g.out_h * g.out_w, dy_image = pixels * g.c_out;
  executor.run(cut.tasks(), [&](std::int64_t task, Worker& worker) {
    const std::int64_t slice = task / cut.row_pairs, pair = task % cut.row_pairs;
    const std::int64_t first = block_begin(g.n, cut.slices, slice);
    const std::int64_t images = block_begin(g.n, cut.slices, slice + 1) - first;
    float* const partial = workspace + slice * slice_floats;
    const Sums sums{partial, partial + product_floats, columns};
    const float* x_from = x + first * x_image;
    const float* dy_from = dy + first * dy_image;
    if (db && pair + 1 == cut.row_pairs) {  // the one with fewest rows
      std::fill_n(sums.bias, columns, 0.f);
      for (std::int64_t i = 0; i < images; ++i) add_pixels(dy_from + i * dy_image, pixels, g.c_out, sums.bias);
    }
    with_matrices(tiles, [&](auto matrices) {
      using M = decltype(matrices);
      for_constants<(M::size + 1) / 2>([&](auto p) {
        if (p == pair) sum_rows<M, p>(tiles, g, x_from, dy_from, images, sums, worker);
      });
    });
  });
  const Sums all{workspace, workspace + product_floats, columns};
  executor.run(g.c_in + (db ? 1 : 0), [&](std::int64_t channel, Worker&) {
    if (channel == g.c_in) {
      for (std::int64_t k = 0; k < g.c_out; ++k) {
        float sum = all.bias[k];
        for (std::int64_t s = 1; s < cut.slices; ++s) sum += all.bias[k + s * slice_floats];
        db[k] = sum;
      }
      return;
    }
    with_matrices(
        tiles, [&](auto matrices) { finish_row<decltype(matrices)>(g, all, cut.slices, slice_floats, channel, dw); });
  });
}

}  // namespace deepobs::DEEPOBS_ISA
