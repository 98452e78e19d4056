#pragma once

#include <limits>
#include <type_traits>

#include "kernels/cuda/pool.h"

namespace deepobs {

// For files that are compiled as CUDA. Winners are the places that max_pool.h describes, as bytes or int32.

/// What a pool takes the maximum of: x, or what a bias, a relu or both make of it.
struct BiasAndRelu {
  const float* bias = nullptr;  ///< [C]; null: none
  bool relu = false;

  bool changes() const { return bias != nullptr || relu; }
};

/// y = max of x under each window, and its place.
template <class T, class U, class Winner, class Known, int n, bool changed>
struct MaxOfWindow {
  PoolPlaces<Known, n> places;
  const T* x;
  BiasAndRelu made;
  U* y;
  Winner* winners;  // null: not noted

  __device__ void operator()(std::int64_t pack) const {
    const WindowGeometry g = places.geometry();
    const auto at = places.position(pack);
    const int top = top_of(g, at.y), left = left_of(g, at.x);
    const IntRange rows = rows_seen(g, at.y), columns = columns_seen(g, at.x);
    const int place_width = smaller(g.kernel.w, g.input.w);
    Pack<float, n> shift{}, best;
    if constexpr (changed)
      if (made.bias != nullptr) shift = Pack<float, n>::load(made.bias + at.channel);
    Pack<int, n> winner{};
    for (float& value : best.at) value = -std::numeric_limits<float>::infinity();
    // What is seen twice changes nothing the second time.
    for_each_of<Known::kernel>(rows, [&](int v) {
      for_each_of<Known::kernel>(columns, [&](int u) {
        const auto seen = Pack<T, n>::load(x + places.index(at, g.input, top + v, left + u));
        const int place = (v - rows.begin) * place_width + u - columns.begin;
        DEEPOBS_UNROLL
        for (int k = 0; k < n; ++k) {
          float value = f32_of(seen.at[k]);
          if constexpr (changed) {
            value += shift.at[k];
            if (made.relu && value < 0.f) value = 0.f;
          }
          const bool wins = value > best.at[k] || value != value;
          best.at[k] = wins ? value : best.at[k];
          winner.at[k] = wins ? place : winner.at[k];
        }
      });
    });
    const std::int64_t to = pack * n;
    Pack<U, n> result;
    for (int k = 0; k < n; ++k) result.at[k] = element_of<U>(best.at[k]);
    result.store(y + to);
    if (winners == nullptr) return;
    Pack<Winner, n> noted;
    for (int k = 0; k < n; ++k) noted.at[k] = static_cast<Winner>(winner.at[k]);
    noted.store(winners + to);
  }
};

/// dx: what the windows give that see a pixel and took it, added in their order.
template <class T, class U, class Winner, class Known, int n>
struct MaxPoolPixel {
  PoolPlaces<Known, n> places;
  const T* dy;
  const Winner* winners;
  U* dx;

  static Extent2d made(const WindowGeometry& g) { return g.input; }

  __device__ void operator()(std::int64_t pack) const {
    const WindowGeometry g = places.geometry();
    const auto at = places.position(pack);
    const IntRange rows = rows_over(g, at.y), columns = columns_over(g, at.x);
    const int place_width = smaller(g.kernel.w, g.input.w);
    Pack<float, n> sum{};
    for (int v = rows.begin; v < rows.end; ++v)
      for (int u = columns.begin; u < columns.end; ++u) {
        const auto from = places.index(at, g.output, v, u);
        const auto given = Pack<T, n>::load(dy + from);
        const auto winner = Pack<Winner, n>::load(winners + from);
        const int place = (at.y - first_seen(top_of(g, v))) * place_width + at.x - first_seen(left_of(g, u));
        for (int k = 0; k < n; ++k)
          if (static_cast<int>(winner.at[k]) == place) sum.at[k] += f32_of(given.at[k]);
      }
    Pack<U, n> result;
    for (int k = 0; k < n; ++k) result.at[k] = element_of<U>(sum.at[k]);
    result.store(dx + pack * n);
  }
};

/// The same for a known window, by cells of stride x stride pixels, which are placed so that the same few windows see
/// every cell: a thread reads each of them once for the whole cell.
template <class T, class U, class Winner, class Known, int n>
struct MaxPoolCell {
  PoolPlaces<Known, n> places;
  const T* dy;
  const Winner* winners;
  U* dx;

  static constexpr int kernel = Known::kernel, stride = Known::stride;

  /// The last window that sees the first cell, and how many cells there are, along one direction.
  DEEPOBS_HOST_DEVICE static int first_window(int padding) { return padding / stride; }
  static int cells(int pixels, int padding) { return (pixels - 1 + padding) / stride - first_window(padding) + 1; }
  static Extent2d made(const WindowGeometry& g) {
    return {cells(g.input.h, g.padding.top), cells(g.input.w, g.padding.left)};
  }

  __device__ void operator()(std::int64_t pack) const {
    constexpr int windows = (kernel + stride - 1) / stride;  // along one direction
    const WindowGeometry g = places.geometry();
    const auto at = places.position(pack);
    const int last_v = at.y + first_window(g.padding.top), last_u = at.x + first_window(g.padding.left);
    const int y = top_of(g, last_v), x = left_of(g, last_u);  // of the cell's first pixel, perhaps outside the image
    const int place_width = smaller(kernel, g.input.w);
    Pack<float, n> sum[stride][stride]{};
    DEEPOBS_UNROLL
    for (int back_v = windows - 1; back_v >= 0; --back_v) {
      DEEPOBS_UNROLL
      for (int back_u = windows - 1; back_u >= 0; --back_u) {
        const int v = last_v - back_v, u = last_u - back_u;
        const bool exists = v >= 0 && v < g.output.h && u >= 0 && u < g.output.w;
        const auto from = places.index(at, g.output, within(v, g.output.h), within(u, g.output.w));
        const auto given = Pack<T, n>::load(dy + from);
        const auto winner = Pack<Winner, n>::load(winners + from);
        const int place = (y - first_seen(top_of(g, v))) * place_width + x - first_seen(left_of(g, u));
        DEEPOBS_UNROLL
        for (int r = 0; r < stride && back_v * stride + r < kernel; ++r) {
          DEEPOBS_UNROLL
          for (int s = 0; s < stride && back_u * stride + s < kernel; ++s) {
            const int mine = exists ? place + r * place_width + s : -1;
            DEEPOBS_UNROLL
            for (int k = 0; k < n; ++k)
              if (static_cast<int>(winner.at[k]) == mine) sum[r][s].at[k] += f32_of(given.at[k]);
          }
        }
      }
    }
    DEEPOBS_UNROLL
    for (int r = 0; r < stride; ++r) {
      DEEPOBS_UNROLL
      for (int s = 0; s < stride; ++s) {
        if (y + r < 0 || y + r >= g.input.h || x + s < 0 || x + s >= g.input.w) continue;
        Pack<U, n> result;
        for (int k = 0; k < n; ++k) result.at[k] = element_of<U>(sum[r][s].at[k]);
        result.store(dx + places.index(at, g.input, y + r, x + s));
      }
    }
  }

 private:
  /// The nearest one that there is: its memory can be read.
  __device__ static int within(int window, int output) {
    const int no_more = smaller(window, output - 1);
    return no_more < 0 ? 0 : no_more;
  }
};

/// x [images, g.input, channels] to y [images, g.output, channels].
template <class Winner>
void max_pool_on_gpu(const CudaQueue& queue, const WindowGeometry& g, std::int64_t images, std::int64_t channels,
                     const Floats& x, const BiasAndRelu& made, const Floats& y, Winner* winners) {
  const PoolElements elements(g, images, channels);
  const bool packs = may_be_packed(x) && may_be_packed(y) && may_be_packed(made.bias) && may_be_packed(winners);
  with_elements(x, [&]<class T>(const T* from) {
    with_elements(y, [&]<class U>(U* to) {
      const auto run = [&]<class Known, int n>(Known, std::integral_constant<int, n>) {
        const auto of = [&]<bool changed>(std::bool_constant<changed>) {
          for_each_element(
              queue, elements.out / n,
              MaxOfWindow<T, U, Winner, Known, n, changed>{{g, channels, g.output}, from, made, to, winners});
        };
        made.changes() ? of(std::true_type()) : of(std::false_type());
      };
      choose_pool<T, U, sizeof(Winner) == 1>(g, channels, elements.most(), packs, run);
    });
  });
}

/// dy [images, g.output, channels] to dx [images, g.input, channels].
template <class Winner>
void max_pool_gradient_on_gpu(const CudaQueue& queue, const WindowGeometry& g, std::int64_t images,
                              std::int64_t channels, const Floats& dy, const Winner* winners, const Floats& dx) {
  const PoolElements elements(g, images, channels);
  const bool packs = may_be_packed(dy) && may_be_packed(dx) && may_be_packed(winners);
  with_elements(dy, [&]<class T>(const T* from) {
    with_elements(dx, [&]<class U>(U* to) {
      const auto run = [&]<class Known, int n>(Known, std::integral_constant<int, n>) {
        using Work = std::conditional_t<(Known::stride > 0), MaxPoolCell<T, U, Winner, Known, n>,
                                        MaxPoolPixel<T, U, Winner, Known, n>>;
        const Extent2d made = Work::made(g);
        for_each_element(queue, images * made.h * made.w * (channels / n),
                         Work{{g, channels, made}, from, winners, to});
      };
      choose_pool<T, U, sizeof(Winner) == 1>(g, channels, elements.most(), packs, run);
    });
  });
}

}  // namespace deepobs
