#include <algorithm>

#include "kernels/convolution/conv_window.h"
#include "kernels/cpu/simd.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

static_assert(window_slack >= lanes);

/// Copies `count` floats in whole vectors. Reads nothing behind them, but writes zeros there, up to a vector's end.
[[gnu::always_inline]] inline void copy_run(float* to, const float* from, std::int64_t count) {
  for (; count > lanes; count -= lanes, to += lanes, from += lanes) store(to, load(from));
  if (count > 0) store(to, load_first(from, static_cast<int>(count)));
}

[[gnu::always_inline]] inline void zero_run(float* to, std::int64_t count) {
  for (; count > 0; count -= lanes, to += lanes) store(to, Vec{});
}

/// Some windows side by side in one row of the grid.
struct Neighbours {
  const float* source;  // first tap of the first window; not to be read where it lies outside the image
  std::int64_t y;       // image row of the first tap
  std::int64_t begin;   // float of that image row at which the first window begins
  std::int64_t count;
  std::int64_t step;               // floats from one window to the next
  std::int64_t run;                // floats of a run
  std::int64_t height, image_row;  // rows of the image, floats in each
};

/// Part [first, first + length) of the same run of all neighbours, if that run is in an image row.
[[gnu::always_inline]] inline void copy_clipped(const Neighbours& all, const float* source, std::int64_t first,
                                                std::int64_t length, float* to, std::int64_t stride) {
  const std::int64_t end = first + length;
  for (std::int64_t i = 0, begin = all.begin; i < all.count; ++i, begin += all.step, source += all.step, to += stride) {
    const std::int64_t copy_begin = std::clamp(-begin, first, end);
    const std::int64_t copy_end = std::clamp(all.image_row - begin, copy_begin, end);
    zero_run(to, copy_begin - first);
    copy_run(to + (copy_begin - first), source + copy_begin, copy_end - copy_begin);
    zero_run(to + (copy_end - first), end - copy_end);
  }
}

/// The same for whole runs that fit into a vector: a load and a store each. Windows at the left and right edge of the
/// image mask their load; those between them all use the same mask.
[[gnu::always_inline]] inline void copy_short(const Neighbours& all, const float* source, float* to,
                                              std::int64_t stride) {
  const int run = static_cast<int>(all.run);
  const std::int64_t step = all.step, image_row = all.image_row;
  std::int64_t i = 0, begin = all.begin;
  const auto at_edge = [&] {
    const int inside = static_cast<int>(std::clamp<std::int64_t>(-begin, 0, run));
    const int outside = static_cast<int>(std::clamp<std::int64_t>(image_row - begin, 0, run));
    store(to, load_between(source, inside, outside));
  };
  const auto next = [&] { ++i, begin += step, source += step, to += stride; };
  for (; i < all.count && begin < 0; next()) at_edge();
  for (; i < all.count && begin + run <= image_row; next()) store(to, load_first(source, run));
  for (; i < all.count; next()) at_edge();
}

/// Terms [first, first + count) of some neighbours.
void copy_neighbours(const Neighbours& all, std::int64_t tap, std::int64_t first, std::int64_t count, float* to,
                     std::int64_t stride) {
  const float* source = all.source + tap * all.image_row;
  for (std::int64_t y = all.y + tap; count > 0; ++y, source += all.image_row, first = 0) {
    const std::int64_t length = std::min(all.run - first, count);
    if (y < 0 || y >= all.height)
      for (std::int64_t i = 0; i < all.count; ++i) zero_run(to + i * stride, length);
    else if (length == all.run && all.run <= lanes)
      copy_short(all, source, to, stride);
    else
      copy_clipped(all, source, first, length, to, stride);
    to += length;
    count -= length;
  }
}

}  // namespace

void copy_windows(const Windows& from, std::int64_t window, std::int64_t windows, std::int64_t first,
                  std::int64_t count, float* to, std::int64_t stride) {
  if (count == 0) return;
  const std::int64_t run = from.taps_w * from.channels, image_row = from.width * from.channels;
  const std::int64_t tap = first / run;
  std::int64_t column = window % from.columns, row = window / from.columns;
  const float* image = from.images + row / from.rows * from.height * image_row;
  row %= from.rows;
  while (windows > 0) {
    Neighbours all;
    all.y = from.first_y + row * from.step_h;
    all.begin = (from.first_x + column * from.step_w) * from.channels;
    all.source = image + all.y * image_row + all.begin;
    all.count = std::min(windows, from.columns - column);
    all.step = from.step_w * from.channels;
    all.run = run;
    all.height = from.height;
    all.image_row = image_row;
    copy_neighbours(all, tap, first - tap * run, count, to, stride);
    to += all.count * stride;
    windows -= all.count;
    column = 0;
    if (++row == from.rows) {
      row = 0;
      image += from.height * image_row;
    }
  }
}

}  // namespace deepobs::DEEPOBS_ISA
