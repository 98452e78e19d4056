#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/pool/max_pool_loops.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

template <class Index>
void forward(const Call& call, Index* winners) {
  const auto& g = call.as<WindowGeometry>();
  const std::int64_t channels = call.in[0].shape[3];
  const std::int64_t image = std::int64_t{g.input.h} * g.input.w * channels, y_row = g.output.w * channels;
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  const std::int64_t rows = call.in[0].shape[0] * g.output.h;
  for_each_row(call, rows, steps_at_a_window(g) * y_row, [=](std::int64_t row) {
    pool_row(g, row % g.output.h, channels, x + row / g.output.h * image, y + row * y_row, winners + row * y_row,
             channels);
  });
}

template <class Index>
void backward(const Call& call, const Index* winners) {
  const auto& g = call.as<WindowGeometry>();
  const std::int64_t channels = call.out[0].shape[3];
  const std::int64_t image = std::int64_t{g.output.h} * g.output.w * channels, dx_row = g.input.w * channels;
  const float* dy = call.in[0].f32();
  float* dx = call.out[0].f32();
  const std::int64_t rows = call.out[0].shape[0] * g.input.h;
  for_each_row(call, rows, steps_at_a_pixel(g) * dx_row, [=](std::int64_t row) {
    const std::int64_t from = row / g.input.h * image;
    unpool_row(g, row % g.input.h, {0, g.input.w}, channels, dy + from, winners + from, channels, dx + row * dx_row,
               channels);
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
