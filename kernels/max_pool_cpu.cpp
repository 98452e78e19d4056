#include "kernels/cpu_body.h"
#include "kernels/window_loops.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

// The forward pass notes the winner's place: row * width + column among the pixels that the window sees, with the width
// of a whole window. The backward pass then reads one byte for each output instead of x and y again, and every input
// pixel collects from the windows that see it: no two threads write the same place, and the order of the additions is
// fixed.

inline int place_width(const WindowGeometry& g) { return smaller(g.kernel.w, g.input.w); }

template <class Vector, class Integers>
inline Vector chosen(Integers where, Vector yes, Vector no) {
  return where ? yes : no;
}

template <class Index>
void forward(const Call& call, Index* winners) {
  const auto& g = call.as<WindowGeometry>();
  const std::int64_t channels = call.in[0].shape[3];
  const std::int64_t row_stride = g.input.w * channels;
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  const std::int64_t rows = call.in[0].shape[0] * g.output.h;
  for_each_row(call, rows, steps_at_a_window(g) * g.output.w * channels, [=](std::int64_t row) {
    const int top = static_cast<int>(row % g.output.h) * g.stride.h - g.padding.top;
    const IntRange ky = seen_by_window(top, g.kernel.h, g.input.h);
    for (int ox = 0; ox < g.output.w; ++ox) {
      const int left = ox * g.stride.w - g.padding.left;
      const IntRange kx = seen_by_window(left, g.kernel.w, g.input.w);
      const float* pixel =
          x + (row / g.output.h * g.input.h + top + ky.begin) * row_stride + (left + kx.begin) * channels;
      const std::int64_t to = (row * g.output.w + ox) * channels;
      for_each_channel_block<lanes>(channels, [=](auto block, std::int64_t c) {
        using L = decltype(block);
        auto best = load_channels<typename L::F32>(pixel + c);
        typename L::I32 place{}, winner{};
        const float* line = pixel + c;
        for (int v = ky.begin; v < ky.end; ++v, line += row_stride, place += place_width(g) - (kx.end - kx.begin)) {
          const float* from = line;
          for (int u = kx.begin; u < kx.end; ++u, from += channels, place += 1) {
            const auto other = load_channels<typename L::F32>(from);
            const typename L::I32 wins = (other > best) | (other != other);
            best = chosen(wins, other, best);
            winner = chosen(wins, place, winner);
          }
        }
        store_channels(y + to + c, best);
        store_integers<L>(winners + to + c, winner);
      });
    }
  });
}

/// What one window gives to one of its pixels.
template <bool first, class Index>
inline void collect(const float* __restrict dy, const Index* __restrict winners, int place, std::int64_t channels,
                    float* __restrict dx) {
  for (std::int64_t c = 0; c < channels; ++c) {
    const float share = winners[c] == place ? dy[c] : 0.f;
    dx[c] = first ? share : dx[c] + share;
  }
}

template <class Index>
void backward(const Call& call, const Index* winners) {
  const auto& g = call.as<WindowGeometry>();
  const std::int64_t channels = call.out[0].shape[3];
  const float* dy = call.in[0].f32();
  float* dx = call.out[0].f32();
  const std::int64_t rows = call.out[0].shape[0] * g.input.h;
  for_each_row(call, rows, steps_at_a_pixel(g) * g.input.w * channels, [&](std::int64_t row) {
    const int iy = static_cast<int>(row % g.input.h);
    const IntRange oy = windows_that_see(iy, g.padding.top, g.kernel.h, g.stride.h, g.output.h);
    for (int ix = 0; ix < g.input.w; ++ix) {
      const IntRange ox = windows_that_see(ix, g.padding.left, g.kernel.w, g.stride.w, g.output.w);
      float* to = dx + (row * g.input.w + ix) * channels;
      bool first = true;
      for (int v = oy.begin; v < oy.end; ++v) {
        const int top = v * g.stride.h - g.padding.top;
        for (int u = ox.begin; u < ox.end; ++u) {
          const int left = u * g.stride.w - g.padding.left;
          const int place = (iy - (top > 0 ? top : 0)) * place_width(g) + ix - (left > 0 ? left : 0);
          const std::int64_t from = ((row / g.input.h * g.output.h + v) * g.output.w + u) * channels;
          if (first)
            collect<true>(dy + from, winners + from, place, channels, to);
          else
            collect<false>(dy + from, winners + from, place, channels, to);
          first = false;
        }
      }
      if (first) clear(to, channels);
    }
  });
}

}  // namespace

void max_pool(const Call& call) {
  if (call.out[1].type == Type::u8)
    forward(call, call.out[1].u8());
  else
    forward(call, call.out[1].i32());
}

void max_pool_gradient(const Call& call) {
  if (call.in[1].type == Type::u8)
    backward(call, call.in[1].u8());
  else
    backward(call, call.in[1].i32());
}

}  // namespace deepobs::DEEPOBS_ISA
