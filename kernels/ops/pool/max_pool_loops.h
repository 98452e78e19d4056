#pragma once

#include "kernels/windows/window_loops.h"

namespace deepobs::DEEPOBS_ISA {

// The loops of a max pool, for its own bodies and those of ops that pool what they have just computed. The forward pass
// notes the winner's place: row * place_width + column among the pixels that the window sees. The backward pass then
// reads one byte for each output instead of x and y again, and every input pixel collects from the windows that see it:
// no two threads write the same place, and the order of the additions is fixed. Internal linkage: see cpu_body.h.

/// The width of a whole window.
static inline int place_width(const WindowGeometry& g) { return smaller(g.kernel.w, g.input.w); }

template <class Vector, class Integers>
static inline Vector chosen(Integers where, Vector yes, Vector no) {
  return where ? yes : no;
}

/// One output: the largest of rows x columns pixels, `row_stride` floats from one row to the next, and its place, which
/// goes on by `skipped` at the end of a row.
///   seen     how many pixels: rows and columns, or constants where those are not 0, which the compiler unrolls
///   winners  null: the place is not noted
template <int rows, int columns, class Index>
static inline void pool_window(const Extent2d& seen, int skipped, std::int64_t channels, const float* pixel,
                               std::int64_t row_stride, float* y, Index* winners) {
  const int height = rows > 0 ? rows : seen.h, width = columns > 0 ? columns : seen.w;
  for_each_channel_block<lanes>(channels, [=](auto block, std::int64_t c) {
    using L = decltype(block);
    auto best = load_channels<typename L::F32>(pixel + c);
    typename L::I32 place{}, winner{};
    const float* line = pixel + c;
#pragma GCC unroll 3
    for (int v = 0; v < height; ++v, line += row_stride, place += skipped) {
      const float* from = line;
#pragma GCC unroll 3
      for (int u = 0; u < width; ++u, from += channels, place += 1) {
        if (v == 0 && u == 0) continue;  // it is the best so far
        const auto other = load_channels<typename L::F32>(from);
        const typename L::I32 wins = (other > best) | (other != other);
        best = chosen(wins, other, best);
        winner = chosen(wins, place, winner);
      }
    }
    store_channels(y + c, best);
    if (winners) store_integers<L>(winners + c, winner);
  });
}

/// One row of outputs of one image.
///   image    the image: [input.h, input.w, channels], dense
///   y        the row's first output, `stride` floats from each to the next
///   winners  the same for the winners' places; null: they are not noted
template <class Index>
static inline void pool_row(const WindowGeometry& g, std::int64_t row, std::int64_t channels, const float* image,
                            float* y, Index* winners, std::int64_t stride) {
  const std::int64_t row_stride = g.input.w * channels;
  const int top = static_cast<int>(row) * g.stride.h - g.padding.top;
  const IntRange ky = seen_by_window(top, g.kernel.h, g.input.h);
  for (int ox = 0; ox < g.output.w; ++ox, y += stride, winners += winners ? stride : 0) {
    const int left = ox * g.stride.w - g.padding.left;
    const IntRange kx = seen_by_window(left, g.kernel.w, g.input.w);
    const float* pixel = image + (top + ky.begin) * row_stride + (left + kx.begin) * channels;
    const Extent2d seen(ky.end - ky.begin, kx.end - kx.begin);
    if (seen == g.kernel && seen == Extent2d(2))
      pool_window<2, 2>(seen, 0, channels, pixel, row_stride, y, winners);
    else if (seen == g.kernel && seen == Extent2d(3))
      pool_window<3, 3>(seen, 0, channels, pixel, row_stride, y, winners);
    else
      pool_window<0, 0>(seen, place_width(g) - seen.w, channels, pixel, row_stride, y, winners);
  }
}

/// A pixel's gradient: what the windows give that see it, added in their order.
///   rows, columns  how many windows; 0: as many as the ranges say
///   dy, winners    of the image; dx: the pixel
template <int rows, int columns, class Index>
static inline void unpool_pixel(const WindowGeometry& g, IntRange oy, IntRange ox, int iy, int ix,
                                std::int64_t channels, const float* dy, const Index* winners, std::int64_t stride,
                                float* dx) {
  const int width = place_width(g);
  const auto place_in = [=, &g](int v, int u) {
    const int top = v * g.stride.h - g.padding.top, left = u * g.stride.w - g.padding.left;
    return (iy - (top > 0 ? top : 0)) * width + ix - (left > 0 ? left : 0);
  };
  if constexpr (rows * columns > 0) {
    struct Window {
      std::int64_t output;
      int place;
    } windows[rows * columns];
    for (int v = 0; v < rows; ++v)
      for (int u = 0; u < columns; ++u)
        windows[v * columns + u] = {((oy.begin + std::int64_t{v}) * g.output.w + ox.begin + u) * stride,
                                    place_in(oy.begin + v, ox.begin + u)};
    for_each_channel_block<lanes>(channels, [=](auto block, std::int64_t c) {
      using L = decltype(block);
      typename L::F32 sum{};
#pragma GCC unroll 4
      for (int i = 0; i < rows * columns; ++i) {
        const auto wins = load_integers<L>(winners + windows[i].output + c) == windows[i].place - typename L::I32{};
        sum += chosen(wins, load_channels<typename L::F32>(dy + windows[i].output + c), typename L::F32{});
      }
      store_channels(dx + c, sum);
    });
  } else {
    for_each_channel_block<lanes>(channels, [=, &g](auto block, std::int64_t c) {
      using L = decltype(block);
      typename L::F32 sum{};
      for (int v = oy.begin; v < oy.end; ++v)
        for (int u = ox.begin; u < ox.end; ++u) {
          const std::int64_t from = (std::int64_t{v} * g.output.w + u) * stride + c;
          const auto wins = load_integers<L>(winners + from) == place_in(v, u) - typename L::I32{};
          sum += chosen(wins, load_channels<typename L::F32>(dy + from), typename L::F32{});
        }
      store_channels(dx + c, sum);
    });
  }
}

/// The gradient of some pixels of one row of an image, from that of the image's outputs.
///   pixels       [begin, end) of the row
///   dy, winners  [output.h, output.w, ...], `stride` elements from each output to the next
///   channels     how many of each pixel
///   dx           the first of these pixels, `dx_stride` floats from each to the next
template <class Index>
static inline void unpool_row(const WindowGeometry& g, std::int64_t row, IntRange pixels, std::int64_t channels,
                              const float* dy, const Index* winners, std::int64_t stride, float* dx,
                              std::int64_t dx_stride) {
  const int iy = static_cast<int>(row);
  const IntRange oy = windows_that_see(iy, g.padding.top, g.kernel.h, g.stride.h, g.output.h);
  IntRange ox = windows_that_see(pixels.begin, g.padding.left, g.kernel.w, g.stride.w, g.output.w);
  for (int ix = pixels.begin; ix < pixels.end; ++ix, dx += dx_stride) {
    while (ox.end < g.output.w && ox.end * g.stride.w - g.padding.left <= ix) ++ox.end;
    while (ox.begin < ox.end && ox.begin * g.stride.w - g.padding.left + g.kernel.w <= ix) ++ox.begin;
    const Extent2d windows(oy.end - oy.begin, ox.end - ox.begin);
    if (windows == Extent2d(1))
      unpool_pixel<1, 1>(g, oy, ox, iy, ix, channels, dy, winners, stride, dx);
    else if (windows == Extent2d(1, 2))
      unpool_pixel<1, 2>(g, oy, ox, iy, ix, channels, dy, winners, stride, dx);
    else if (windows == Extent2d(2, 1))
      unpool_pixel<2, 1>(g, oy, ox, iy, ix, channels, dy, winners, stride, dx);
    else if (windows == Extent2d(2))
      unpool_pixel<2, 2>(g, oy, ox, iy, ix, channels, dy, winners, stride, dx);
    else
      unpool_pixel<0, 0>(g, oy, ox, iy, ix, channels, dy, winners, stride, dx);
  }
}

}  // namespace deepobs::DEEPOBS_ISA
