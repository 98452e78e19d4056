#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/convolution/winograd/winograd_tiles.h"
#include "kernels/convolution/winograd/winograd_transform.h"
#include "kernels/cpu/blocks.h"
#include "kernels/product/gemm_block.h"
#include "kernels/product/gemm_tile.h"

namespace deepobs::DEEPOBS_ISA {

// What the directions of a convolution in tiles share: where tiles lie in images, how groups of them are transformed
// and multiplied. Internal linkage: see cpu_body.h.

static_assert(tile_columns <= widest_tile_columns);

/// Where the tiles of a grid lie in images [any number, height, width, channels]: `window` pixels square, `step` from
/// one to the next.
struct TiledImages {
  std::int64_t height, width, channels;
  std::int64_t first_y, first_x;  ///< of the first tile; may lie outside the image
  int step;
  TileGrid grid;

  struct Place {
    std::int64_t image, y, x;
  };
  Place place(std::int64_t tile) const {
    const std::int64_t in_image = tile % grid.in_image();
    return {tile / grid.in_image(), first_y + in_image / grid.columns * step, first_x + in_image % grid.columns * step};
  }
  std::int64_t line() const { return width * channels; }
  std::int64_t offset(const Place& at) const { return ((at.image * height + at.y) * width + at.x) * channels; }
};

static inline TiledImages tiles_of_x(const WinogradTiles& tiles, const ConvGeometry& g) {
  return {g.h, g.w, g.c_in, -g.pad_top, -g.pad_left, tiles.output, tile_grid(tiles, g)};
}
static inline TiledImages tiles_of_y(const WinogradTiles& tiles, const ConvGeometry& g) {
  return {g.out_h, g.out_w, g.c_out, 0, 0, tiles.output, tile_grid(tiles, g)};
}

/// How transformed tiles lie: position p of channel c of tile t at p * position + c / tile_columns * panel + t * row +
/// c % tile_columns. Whole vectors of channels, zeros behind the last.
struct TransformedLayout {
  std::int64_t position, panel, row;

  /// As a left operand: the channels of a tile side by side.
  static TransformedLayout dense(std::int64_t tiles, std::int64_t channels) {
    const std::int64_t row = round_up(channels, lanes);
    return {position_stride(tiles * row), tile_columns, row};
  }
  /// As a right operand: panels of tile_columns channels.
  static TransformedLayout panels(std::int64_t tiles, std::int64_t channels) {
    const std::int64_t panel = tiles * tile_columns;
    return {position_stride(panel * blocks(channels, tile_columns)), panel, tile_columns};
  }
  float* at(float* to, std::int64_t tile, std::int64_t channel) const {
    return to + channel / tile_columns * panel + tile * row + channel % tile_columns;
  }
};

/// Rows 2 pair and 2 pair + 1, or, with pair -1, all rows of the transform of a window, for all channels.
template <class T, int pair>
static void expand_channels(const float* pixels, std::int64_t pixel, std::int64_t line, std::int64_t channels,
                            std::int64_t tile, const TransformedLayout& layout, float* to) {
  const auto expand = [&](const float* from, std::int64_t pixel_stride, std::int64_t line_stride, std::int64_t c) {
    float* at = layout.at(to, tile, c);
    if constexpr (pair >= 0)
      expand_rows<T, pair>(from, pixel_stride, line_stride, at, layout.position);
    else
      for_constants<T::pairs>([&](auto p) {
        expand_rows<T, p>(from, pixel_stride, line_stride, at + 2 * p * T::size * layout.position, layout.position);
      });
  };
  std::int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) expand(pixels + c, pixel, line, c);
  if (c == channels) return;
  float part[T::window * T::window * lanes];
  for (int i = 0; i < T::window; ++i)
    for (int j = 0; j < T::window; ++j)
      store(part + (i * T::window + j) * lanes,
            load_first(pixels + i * line + j * pixel + c, static_cast<int>(channels - c)));
  expand(part, lanes, T::window * lanes, c);
}

/// Transforms tiles [first, first + count) of images. What lies outside the image is 0.
template <class T, int pair>
static void expand_tiles(const TiledImages& images, const float* data, std::int64_t first, std::int64_t count,
                         const TransformedLayout& layout, float* to) {
  constexpr int window = T::window;
  for (std::int64_t t = 0; t < count; ++t) {
    const auto at = images.place(first + t);
    const float* pixels = data + images.offset(at);
    if (at.y >= 0 && at.x >= 0 && at.y + window <= images.height && at.x + window <= images.width) {
      expand_channels<T, pair>(pixels, images.channels, images.line(), images.channels, t, layout, to);
      continue;
    }
    for (std::int64_t c = 0; c < images.channels; c += lanes) {
      float part[window * window * lanes];
      const int wide = static_cast<int>(std::min<std::int64_t>(images.channels - c, lanes));
      for (int i = 0; i < window; ++i)
        for (int j = 0; j < window; ++j) {
          const bool inside = at.y + i >= 0 && at.y + i < images.height && at.x + j >= 0 && at.x + j < images.width;
          store(part + (i * window + j) * lanes,
                inside ? load_first(pixels + i * images.line() + j * images.channels + c, wide) : Vec{});
        }
      expand_channels<T, pair>(part, lanes, window * lanes, lanes, t, layout, layout.at(to, 0, c));
    }
  }
}

/// Memory that will be needed soon, fetched line by line while products are computed: the micro-kernel has room for a
/// line every two terms, once it has fetched the rows of its result.
class FetchAhead {
 public:
  FetchAhead(const float* data, std::int64_t floats) : data_(data), lines_(floats / 16) {}

  Ahead next(std::int64_t depth, int rows) {
    const std::int64_t fetched = (depth + 1) / 2 - rows;
    if (fetched <= 0 || lines_ <= fetched) return {};
    const Ahead ahead{data_, 16};
    data_ += fetched * 16;
    lines_ -= fetched;
    return ahead;
  }

 private:
  const float* data_;
  std::int64_t lines_;
};

/// What is probably transformed next: behind `count` tiles from `first` on, as many again.
///   data   of `all` images
static inline FetchAhead tiles_behind(const TiledImages& images, const float* data, std::int64_t first,
                                      std::int64_t count, std::int64_t all) {
  const std::int64_t image = images.height * images.line(), tile = image / images.grid.in_image();
  const std::int64_t begin = std::min((first + count) * tile, all * image);
  return {data + begin, std::min(count * tile, all * image - begin)};
}

/// One product for each position: out = left right, [count tiles, depth] by [depth, columns <= tile_columns].
///   left   dense; right   panels of one block of columns; out   rows of tile_columns floats, `out_position` apart
static inline void multiply_positions(int positions, std::int64_t count, std::int64_t depth, int columns,
                                      const float* left, const TransformedLayout& layout, const float* right,
                                      std::int64_t right_position, float* out, std::int64_t out_position,
                                      FetchAhead& next) {
  const std::int64_t panels = count > 0 ? blocks(count, tile_rows) : 0;
  for (int p = 0; p < positions; ++p, left += layout.position, right += right_position, out += out_position) {
    for (std::int64_t panel = 0; panel < panels; ++panel) {
      const std::int64_t first = block_begin(count, panels, panel);
      const int rows = static_cast<int>(block_begin(count, panels, panel + 1) - first);
      float* c[tile_rows];
      for (int r = 0; r < rows; ++r) c[r] = out + (first + r) * tile_columns;
      for (std::int64_t term = 0; term < depth;) {
        const Segment segment{term, term, even_chunk(depth - term, gemm_depth)};
        multiply_tile(rows, columns,
                      {.a = {left + first * layout.row, layout.row, false, &segment, 1},
                       .b = {right, tile_columns},
                       .c = c,
                       .add_to_c = term > 0,
                       .bias = nullptr,
                       .relu = false,
                       .gate = nullptr,
                       .ahead = next.next(segment.depth, rows)});
        term += segment.depth;
      }
    }
  }
}

/// Where the transformed weights lie: panel by panel, in each position by position, in each row by row.
static inline TransformedLayout weight_layout(const WinogradTiles& tiles, std::int64_t depth) {
  return {depth * tile_columns, tiles.positions() * depth * tile_columns, tile_columns};
}

/// The tiles of some images, as left operands of products with the transformed weights (transform_weights()): a group
/// of them is transformed by P into the worker's memory, multiplied by one panel of the weights after the other, and
/// what comes of a panel is handed on while it lies there.
///   data    the first of the images; `behind` of them and of those after them can be read
///   take(column, columns, products, position, begin, count)   one panel's products for tiles [begin, begin + count)
template <class M, template <class> class P, class Take>
static void multiply_tiles(const WinogradTiles& tiles, const TiledImages& images, const float* data, std::int64_t count,
                           std::int64_t behind, const float* weights, std::int64_t all_columns, Worker& worker,
                           Take take) {
  const std::int64_t depth = images.channels, all = count * images.grid.in_image();
  const std::int64_t row = round_up(depth, lanes) + tile_columns;
  const std::int64_t groups = groups_of_tiles(all, tiles.positions() * row, group_floats);
  const TransformedLayout weight = weight_layout(tiles, depth);
  for (std::int64_t group = 0; group < groups; ++group) {
    const std::int64_t begin = block_begin(all, groups, group), together = block_begin(all, groups, group + 1) - begin;
    const TransformedLayout layout = TransformedLayout::dense(together, depth);
    float* left = worker.scratch;
    float* products = left + tiles.positions() * layout.position;
    const std::int64_t position = position_stride(together * tile_columns);
    expand_tiles<Transform<M, P>, -1>(images, data, begin, together, layout, left);
    FetchAhead next = tiles_behind(images, data, begin, together, behind);
    for (std::int64_t column = 0; column < all_columns; column += tile_columns) {
      const int columns = static_cast<int>(std::min<std::int64_t>(all_columns - column, tile_columns));
      multiply_positions(tiles.positions(), together, depth, columns, left, layout,
                         weights + column / tile_columns * weight.panel, weight.position, products, position, next);
      take(column, columns, products, position, begin, together);
    }
  }
}

/// Calls f with the matrices of the tiles as a type.
template <class F>
static inline void with_matrices(const WinogradTiles& tiles, F f) {
  if (tiles == WinogradTiles{4, 3}) f(WinogradMatrices<4, 3>{});
  if (tiles == WinogradTiles{3, 3}) f(WinogradMatrices<3, 3>{});
  if (tiles == WinogradTiles{2, 5}) f(WinogradMatrices<2, 5>{});
  if (tiles == WinogradTiles{3, 5}) f(WinogradMatrices<3, 5>{});
}

}  // namespace deepobs::DEEPOBS_ISA
