#pragma once

#include <cstdint>

#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"
#include "kernels/padding.h"
#include "kernels/window_ranges.h"

namespace deepobs {

// One output of a max pool, and one pixel of its gradient, for a thread each; the same results as max_pool_loops.h has,
// bit for bit. For files that are compiled as CUDA.

/// Where pixels and windows of images [N, H, W, C] are.
struct PoolPlaces {
  WindowGeometry g;
  std::int64_t channels;

  struct Position {
    std::int64_t n, c;
    int y, x;
  };
  /// Of element i of [N, extent.h, extent.w, C].
  __device__ Position position(std::int64_t i, const Extent2d& extent) const {
    const auto [pixel, c] = divided(i, channels);
    const auto [row, x] = divided(pixel, extent.w);
    const auto [n, y] = divided(row, extent.h);
    return {n, c, static_cast<int>(y), static_cast<int>(x)};
  }
  __device__ std::int64_t index(const Position& at, const Extent2d& extent) const {
    return ((at.n * extent.h + at.y) * extent.w + at.x) * channels + at.c;
  }
  /// The pixels that a window sees, and the windows that see a pixel.
  struct Square {
    IntRange rows, columns;
  };
  __device__ int top(int window) const { return window * g.stride.h - g.padding.top; }
  __device__ int left(int window) const { return window * g.stride.w - g.padding.left; }
  __device__ Square seen_by(int y, int x) const {
    return {seen_by_window(top(y), g.kernel.h, g.input.h), seen_by_window(left(x), g.kernel.w, g.input.w)};
  }
  __device__ Square windows_over(int y, int x) const {
    return {windows_that_see(y, g.padding.top, g.kernel.h, g.stride.h, g.output.h),
            windows_that_see(x, g.padding.left, g.kernel.w, g.stride.w, g.output.w)};
  }
  __device__ int place_width() const { return smaller(g.kernel.w, g.input.w); }
};

/// y[i] = max of x under window i, and its place. With `bias`, and perhaps a relu, x is what they make of it.
template <class Index>
struct PoolOutput {
  PoolPlaces places;
  Floats x;
  const float* bias;  // [C]; null: none
  bool relu;
  Floats y;
  Index* winners;  // null: not noted

  __device__ void operator()(std::int64_t i) const {
    const auto at = places.position(i, places.g.output);
    const int top = places.top(at.y), left = places.left(at.x);
    const auto [rows, columns] = places.seen_by(at.y, at.x);
    const float shift = bias ? bias[at.c] : 0.f;
    float best = 0.f;
    int winner = 0;
    bool first = true;
    for (int v = rows.begin; v < rows.end; ++v)
      for (int u = columns.begin; u < columns.end; ++u) {
        float other = x[places.index({at.n, at.c, top + v, left + u}, places.g.input)];
        if (bias) other += shift;
        if (relu && other < 0.f) other = 0.f;
        if (first || other > best || other != other) {
          best = other;
          winner = (v - rows.begin) * places.place_width() + u - columns.begin;
        }
        first = false;
      }
    y.set(i, best);
    if (winners) winners[i] = static_cast<Index>(winner);
  }
};

/// dx[i]: what the windows give that see pixel i, added in their order.
template <class Index>
struct UnpoolPixel {
  PoolPlaces places;
  Floats dy;
  const Index* winners;
  Floats dx;

  __device__ void operator()(std::int64_t i) const {
    const auto at = places.position(i, places.g.input);
    const auto [oy, ox] = places.windows_over(at.y, at.x);
    float sum = 0.f;
    for (int v = oy.begin; v < oy.end; ++v)
      for (int u = ox.begin; u < ox.end; ++u) {
        const int top = places.top(v), left = places.left(u);
        const int place = (at.y - (top > 0 ? top : 0)) * places.place_width() + at.x - (left > 0 ? left : 0);
        const std::int64_t from = places.index({at.n, at.c, v, u}, places.g.output);
        if (winners[from] == place) sum += dy[from];
      }
    dx.set(i, sum);
  }
};

}  // namespace deepobs
