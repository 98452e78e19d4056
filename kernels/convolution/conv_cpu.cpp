#include "kernels/convolution/conv.h"
#include "kernels/convolution/conv_product.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

/// The pixels of x that meet the same taps of a strided convolution: one of `stride` interleaved sets along one axis.
/// Pixel i is read by output o through tap t if i + pad = o * stride + t. Those of phase p have i + pad = q * stride +
/// p and meet the taps p, p + stride, ...: within the phase it is a convolution of dy without stride, its taps
/// reversed.
struct Phase {
  std::int64_t taps;         // taps of this phase; may be none
  std::int64_t last_tap;     // the first reversed one
  std::int64_t count;        // pixels of this phase
  std::int64_t first_pixel;  // the first of them
  std::int64_t first_out;    // where the window of the first pixel begins in dy

  Phase(std::int64_t phase, std::int64_t stride, std::int64_t pad, std::int64_t kernel, std::int64_t pixels)
      : taps(kernel > phase ? (kernel - phase - 1) / stride + 1 : 0), last_tap(phase + (taps - 1) * stride) {
    const std::int64_t q = pad > phase ? (pad - phase + stride - 1) / stride : 0;
    first_pixel = q * stride + phase - pad;
    count = first_pixel < pixels ? (pixels - first_pixel - 1) / stride + 1 : 0;
    first_out = q - (taps - 1);
  }
};

/// The pixels of one phase as rows of C.
struct PhaseRows {
  float* dx;
  const float* gate;
  const ConvGeometry& geometry;
  const Phase& vertical;
  const Phase& horizontal;

  void locate(std::int64_t row, int rows, float** c_rows, const float** gate_rows) const {
    const ConvGeometry& g = geometry;
    std::int64_t x = row % horizontal.count, y = row / horizontal.count % vertical.count;
    std::int64_t image = row / horizontal.count / vertical.count;
    for (int r = 0; r < rows; ++r) {
      const std::int64_t pixel =
          (image * g.h + vertical.first_pixel + y * g.stride_h) * g.w + horizontal.first_pixel + x * g.stride_w;
      c_rows[r] = dx + pixel * g.c_in;
      if (gate_rows) gate_rows[r] = gate + pixel * g.c_in;
      if (++x < horizontal.count) continue;
      x = 0;
      if (++y < vertical.count) continue;
      y = 0;
      ++image;
    }
  }
};

}  // namespace

void conv_forward(Executor& executor, const ConvGeometry& geometry, const float* x, const float* w, float* y,
                  const Epilogue& epilogue) {
  forward_product(geometry, x, w).multiply(executor, DenseRows{y, epilogue.gate, geometry.c_out}, false, epilogue);
}

void conv_data_gradient(Executor& executor, const ConvGeometry& geometry, const float* dy, const float* w, float* dx,
                        bool accumulate, const Epilogue& epilogue) {
  const ConvGeometry& g = geometry;
  for (std::int64_t i = 0; i < g.stride_h; ++i) {
    for (std::int64_t j = 0; j < g.stride_w; ++j) {
      const Phase vertical(i, g.stride_h, g.pad_top, g.kh, g.h), horizontal(j, g.stride_w, g.pad_left, g.kw, g.w);
      const std::int64_t m = g.n * vertical.count * horizontal.count, n = g.c_in;
      const std::int64_t k = vertical.taps * horizontal.taps * g.c_out;
      if (m == 0) continue;
      const Windows windows{.images = dy,
                            .height = g.out_h,
                            .width = g.out_w,
                            .channels = g.c_out,
                            .rows = vertical.count,
                            .columns = horizontal.count,
                            .taps_h = vertical.taps,
                            .taps_w = horizontal.taps,
                            .step_h = 1,
                            .step_w = 1,
                            .first_y = vertical.first_out,
                            .first_x = horizontal.first_out};
      const auto weights = [&](TapWeights::Order order) {
        return TapWeights(g, w, TapWeights::Direction::data_gradient, {vertical.taps, vertical.last_tap, -g.stride_h},
                          {horizontal.taps, horizontal.last_tap, -g.stride_w}, order);
      };
      const WindowProduct product(windows, m, n, k, weights(TapWeights::Order::by_row),
                                  weights(TapWeights::Order::by_column));
      product.multiply(executor, PhaseRows{dx, epilogue.gate, g, vertical, horizontal}, accumulate, epilogue);
    }
  }
}

}  // namespace deepobs::DEEPOBS_ISA
