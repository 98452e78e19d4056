#include "kernels/cpu/cpu_body.h"
#include "kernels/windows/window_loops.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

/// 1 / the number of real pixels under a window; `whole` is that of a window without padding, the usual case.
inline double weight_of(IntRange rows, IntRange columns, const Extent2d& kernel, double whole) {
  const int height = rows.end - rows.begin, width = columns.end - columns.begin;
  return height == kernel.h && width == kernel.w ? whole : 1. / (static_cast<double>(height) * width);
}

inline double weight_of_whole(const Extent2d& kernel) { return 1. / (static_cast<double>(kernel.h) * kernel.w); }

/// What one window gives to one of its pixels.
template <bool first>
inline void collect(const float* __restrict dy, float weight, std::int64_t channels, float* __restrict dx) {
  for (std::int64_t c = 0; c < channels; ++c) dx[c] = first ? dy[c] * weight : dx[c] + dy[c] * weight;
}

}  // namespace

void avg_pool(const Call& call) {
  const auto& g = call.as<WindowGeometry>();
  const std::int64_t channels = call.in[0].shape[3];
  const std::int64_t row_stride = g.input.w * channels;
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  const double whole = weight_of_whole(g.kernel);
  const std::int64_t rows = call.in[0].shape[0] * g.output.h;
  for_each_row(call, rows, steps_at_a_window(g) * g.output.w * channels, [=](std::int64_t row) {
    const int top = static_cast<int>(row % g.output.h) * g.stride.h - g.padding.top;
    const IntRange ky = seen_by_window(top, g.kernel.h, g.input.h);
    for (int ox = 0; ox < g.output.w; ++ox) {
      const int left = ox * g.stride.w - g.padding.left;
      const IntRange kx = seen_by_window(left, g.kernel.w, g.input.w);
      const double weight = weight_of(ky, kx, g.kernel, whole);
      const float* pixel =
          x + (row / g.output.h * g.input.h + top + ky.begin) * row_stride + (left + kx.begin) * channels;
      float* to = y + (row * g.output.w + ox) * channels;
      for_each_channel_block<lanes / 2>(channels, [=](auto block, std::int64_t c) {
        using L = decltype(block);
        typename L::F64 sum{};
        const float* line = pixel + c;
        for (int v = ky.begin; v < ky.end; ++v, line += row_stride) {
          const float* from = line;
          for (int u = kx.begin; u < kx.end; ++u, from += channels) sum += load_doubles<L>(from);
        }
        store_rounded<L>(to + c, sum * weight);
      });
    }
  });
}

// Every input pixel collects from the windows that see it, in their order: no two threads write the same place.
void avg_pool_gradient(const Call& call) {
  const auto& g = call.as<WindowGeometry>();
  const std::int64_t channels = call.out[0].shape[3];
  const float* dy = call.in[0].f32();
  float* dx = call.out[0].f32();
  const double whole = weight_of_whole(g.kernel);
  const std::int64_t rows = call.out[0].shape[0] * g.input.h;
  for_each_row(call, rows, steps_at_a_pixel(g) * g.input.w * channels, [&](std::int64_t row) {
    const int iy = static_cast<int>(row % g.input.h);
    const IntRange oy = windows_that_see(iy, g.padding.top, g.kernel.h, g.stride.h, g.output.h);
    for (int ix = 0; ix < g.input.w; ++ix) {
      const IntRange ox = windows_that_see(ix, g.padding.left, g.kernel.w, g.stride.w, g.output.w);
      float* to = dx + (row * g.input.w + ix) * channels;
      bool first = true;
      for (int v = oy.begin; v < oy.end; ++v) {
        const IntRange ky = seen_by_window(v * g.stride.h - g.padding.top, g.kernel.h, g.input.h);
        for (int u = ox.begin; u < ox.end; ++u) {
          const IntRange kx = seen_by_window(u * g.stride.w - g.padding.left, g.kernel.w, g.input.w);
          const auto weight = static_cast<float>(weight_of(ky, kx, g.kernel, whole));
          const float* from = dy + ((row / g.input.h * g.output.h + v) * g.output.w + u) * channels;
          if (first)
            collect<true>(from, weight, channels, to);
          else
            collect<false>(from, weight, channels, to);
          first = false;
        }
      }
      if (first) clear(to, channels);
    }
  });
}

}  // namespace deepobs::DEEPOBS_ISA
