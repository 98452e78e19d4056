#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/cuda/divisor.h"
#include "kernels/cuda/loops.h"
#include "kernels/cuda/product/pack.h"
#include "kernels/windows/padding.h"
#include "kernels/windows/window_ranges.h"

namespace deepobs {

// Pools over images [N, H, W, C] and their gradients; the same results as the CPU's, bit for bit. A thread makes the
// elements of one pixel, of some neighbouring channels, so that it finds its place and its windows once for all.
// For files that are compiled as CUDA.

/// A square kernel and stride that the compiler knows; 0: any.
template <int kernel_, int stride_>
struct KnownWindow {
  static constexpr int kernel = kernel_, stride = stride_;

  __device__ static WindowGeometry put_into(WindowGeometry g) {
    if constexpr (kernel > 0) g.kernel = {kernel, kernel}, g.stride = {stride, stride};
    return g;
  }
};

/// use(i) in ascending order for all of a range, which is not empty. Where it is known how many it has at most, for so
/// many, and behind the end for the last one again: all loads can begin before the first result is used.
template <int most, class Use>
__device__ static inline void for_each_of(const IntRange& range, const Use& use) {
  if constexpr (most > 0) {
    DEEPOBS_UNROLL
    for (int k = 0; k < most; ++k) {
      use(smaller(range.begin + k, range.end - 1));
    }
  } else {
    for (int i = range.begin; i < range.end; ++i) use(i);
  }
}

/// Where pixels and windows of images are. With several channels a thread, all elements are fewer than 2^31.
template <class Known, int n>
class PoolPlaces {
 public:
  using Index = std::conditional_t<(n > 1), std::uint32_t, std::int64_t>;

  /// `made`: how many packs high and wide what the threads make of an image is.
  PoolPlaces(const WindowGeometry& g, std::int64_t channels, const Extent2d& made)
      : given_(g),
        channels_(static_cast<Index>(channels)),
        width_(made.w),
        height_(made.h),
        packs_of_(small(channels / n)),
        width_of_(small(made.w)),
        height_of_(small(made.h)) {}

  struct Position {
    Index image, channel;
    int y, x;
  };
  /// Of pack i and its first channel.
  __device__ Position position(std::int64_t i) const {
    if constexpr (n > 1) {
      const auto [pixel, pack] = packs_of_.of(static_cast<std::uint32_t>(i));
      const auto [row, x] = width_of_.of(pixel);
      const auto [image, y] = height_of_.of(row);
      return {image, pack * n, static_cast<int>(y), static_cast<int>(x)};
    } else {
      const auto [pixel, channel] = divided(i, channels_);
      const auto [row, x] = divided(pixel, width_);
      const auto [image, y] = divided(row, height_);
      return {image, channel, static_cast<int>(y), static_cast<int>(x)};
    }
  }
  /// Of the element at (y, x) of the same image and channel, in images of that extent.
  __device__ Index index(const Position& at, const Extent2d& extent, int y, int x) const {
    const Index row = at.image * static_cast<Index>(extent.h) + static_cast<Index>(y);
    return (row * static_cast<Index>(extent.w) + static_cast<Index>(x)) * channels_ + at.channel;
  }
  __device__ WindowGeometry geometry() const { return Known::put_into(given_); }

 private:
  static Divisor small(std::int64_t by) { return Divisor(n > 1 ? static_cast<std::uint32_t>(by) : 1u); }

  WindowGeometry given_;
  Index channels_;
  std::int64_t width_, height_;
  Divisor packs_of_, width_of_, height_of_;
};

/// The first row and column of the image that a window could see; negative where it begins in the padding.
__device__ static inline int top_of(const WindowGeometry& g, int window) { return window * g.stride.h - g.padding.top; }
__device__ static inline int left_of(const WindowGeometry& g, int window) {
  return window * g.stride.w - g.padding.left;
}
/// The first of them that is in the image.
__device__ static inline int first_seen(int first) { return first > 0 ? first : 0; }
/// The pixels that a window sees, counted from its own first ones; and the windows that see a pixel.
__device__ static inline IntRange rows_seen(const WindowGeometry& g, int window) {
  return seen_by_window(top_of(g, window), g.kernel.h, g.input.h);
}
__device__ static inline IntRange columns_seen(const WindowGeometry& g, int window) {
  return seen_by_window(left_of(g, window), g.kernel.w, g.input.w);
}
__device__ static inline IntRange rows_over(const WindowGeometry& g, int y) {
  return windows_that_see(y, g.padding.top, g.kernel.h, g.stride.h, g.output.h);
}
__device__ static inline IntRange columns_over(const WindowGeometry& g, int x) {
  return windows_that_see(x, g.padding.left, g.kernel.w, g.stride.w, g.output.w);
}

/// run(known window, elements a thread): packs where all is of one type T, `channels` and memory allow it and the
/// largest tensor has few enough elements; else single elements.
///   known  whether there are kernels for known windows
template <class T, class U, bool known, class Run>
void choose_pool(const WindowGeometry& g, std::int64_t channels, std::int64_t most_elements, bool packs,
                 const Run& run) {
  constexpr auto single = std::integral_constant<int, 1>();
  if constexpr (std::is_same_v<T, U>) {
    constexpr auto pack = std::integral_constant<int, pack_width<T>>();
    const bool whole = channels > 0 && channels % pack_width<T> == 0;
    if (packs && whole && most_elements < std::int64_t{1} << 31) {
      if constexpr (known) {
        const auto is = [&](int kernel, int stride) {
          return g.kernel == Extent2d(kernel) && g.stride == Extent2d(stride);
        };
        if (is(2, 2)) return run(KnownWindow<2, 2>(), pack);
        if (is(3, 2)) return run(KnownWindow<3, 2>(), pack);
      }
      return run(KnownWindow<0, 0>(), pack);
    }
  }
  run(KnownWindow<0, 0>(), single);
}

/// Elements of the images on both sides of a pool.
struct PoolElements {
  std::int64_t in, out;
  PoolElements(const WindowGeometry& g, std::int64_t images, std::int64_t channels)
      : in(images * g.input.h * g.input.w * channels), out(images * g.output.h * g.output.w * channels) {}
  std::int64_t most() const { return in > out ? in : out; }
};

}  // namespace deepobs
