#pragma once

#include <cstdint>

#include "kernels/convolution/conv_geometry.h"
#include "kernels/convolution/conv_window_operands.h"

namespace deepobs::DEEPOBS_ISA {

// A convolution as a product of matrices: windows by weights. A header, because its blocks may go to places other than
// the output (conv2d_max_pool).

static_assert(gemm_depth * most_conv_columns + most_copied_floats <= product_scratch_floats);

inline Windows forward_windows(const ConvGeometry& g, const float* x) {
  return {.images = x,
          .height = g.h,
          .width = g.w,
          .channels = g.c_in,
          .rows = g.out_h,
          .columns = g.out_w,
          .taps_h = g.kh,
          .taps_w = g.kw,
          .step_h = g.stride_h,
          .step_w = g.stride_w,
          .first_y = -g.pad_top,
          .first_x = -g.pad_left};
}

/// The taps along one axis that a product meets, in its order.
struct TapRun {
  std::int64_t count, first, step;
  std::int64_t operator[](std::int64_t i) const { return first + i * step; }
};

/// The weights as the right operand, packed tap by tap. Forward, terms are taps and input channels, and columns are
/// output channels; for the data gradient the channels change places.
class TapWeights {
 public:
  enum class Direction { forward, data_gradient };
  enum class Order { by_row, by_column };  ///< of the taps among the terms

  TapWeights(const ConvGeometry& geometry, const float* w, Direction direction, const TapRun& vertical,
             const TapRun& horizontal, Order order)
      : g_(geometry), w_(w), direction_(direction), vertical_(vertical), horizontal_(horizontal), order_(order) {}

  void begin(const GemmBlock& block, const Chunk& chunk) {
    const bool forward = direction_ == Direction::forward;
    const std::int64_t channels = forward ? g_.c_in : g_.c_out;
    const std::int64_t row = forward ? g_.c_out : 1, column = forward ? 1 : g_.c_out;
    panel_stride_ = chunk.depth * tile_columns;
    packed_ = chunk.right;
    const std::int64_t end = chunk.term + chunk.depth;
    for (std::int64_t term = chunk.term; term < end;) {
      const std::int64_t tap = term / channels, channel = term % channels;
      const std::int64_t depth = std::min(channels - channel, end - term);
      const bool by_row = order_ == Order::by_row;
      const std::int64_t u = vertical_[by_row ? tap / horizontal_.count : tap % vertical_.count];
      const std::int64_t v = horizontal_[by_row ? tap % horizontal_.count : tap / vertical_.count];
      const float* part = w_ + (u * g_.kw + v) * g_.c_in * g_.c_out + channel * row + block.column * column;
      pack_right({.data = part, .row = row, .column = column, .depth = depth, .columns = block.columns},
                 chunk.right + (term - chunk.term) * tile_columns, panel_stride_);
      term += depth;
    }
  }

  RightPanel panel(std::int64_t column) const {
    return {packed_ + column / tile_columns * panel_stride_, tile_columns};
  }
  Ahead ahead(std::int64_t, std::int64_t) const { return {}; }  // used by many rows: packing them hardly counts

 private:
  const ConvGeometry& g_;
  const float* w_;
  Direction direction_;
  TapRun vertical_, horizontal_;
  Order order_;
  const float* packed_ = nullptr;
  std::int64_t panel_stride_ = 0;
};

/// The product of all windows, one per row, with the weights, whose terms may be asked for in either order.
template <class RightByRow>
class WindowProduct {
 public:
  WindowProduct(const Windows& windows, std::int64_t m, std::int64_t n, std::int64_t k, const RightByRow& by_row,
                const TapWeights& by_column)
      : windows_(windows),
        m_(m),
        n_(n),
        k_(k),
        by_row_(by_row),
        by_column_(by_column),
        cut_(cut_windows(m, n, k)),
        by_tap_(WindowsByTap::suits(windows)),
        in_place_(WindowsInPlace::suits(windows, blocks(m, cut_.row_blocks) + windows.columns)) {
    if (by_tap_ || in_place_) cut_.cut_rows_at(m, windows.columns);
  }

  /// A block of cut_windows() or of cut_into_images(): every cut that leaves rows of the grid whole gives the same
  /// bits, and neither has blocks of more images than were reckoned with above.
  GemmBlock block(const GemmCut& cut, std::int64_t task) const { return cut.block(task, m_, n_, k_); }

  /// A block of it. Of the worker's memory it needs product_scratch_floats, from the beginning.
  template <class Rows>
  void multiply(const GemmBlock& block, const Rows& out, bool add, const Epilogue& epilogue, Worker& worker) const {
    if (block.rows == 0) return;  // of no images: a tile would read the first window, and there is none
    if (by_tap_)
      multiply_block(block, WindowsByTap(windows_), by_column_, out, add, epilogue, worker);
    else if (in_place_)
      multiply_block(block, WindowsInPlace(windows_), by_row_, out, add, epilogue, worker);
    else
      multiply_block(block, WindowRows(windows_), by_row_, out, add, epilogue, worker);
  }

  /// All of it.
  template <class Rows>
  void multiply(Executor& executor, const Rows& out, bool add, const Epilogue& epilogue) const {
    executor.run(cut_.tasks(),
                 [&](std::int64_t task, Worker& worker) { multiply(block(cut_, task), out, add, epilogue, worker); });
  }

 private:
  Windows windows_;
  std::int64_t m_, n_, k_;
  RightByRow by_row_;
  TapWeights by_column_;
  GemmCut cut_;
  bool by_tap_, in_place_;
};

/// y = the convolution of x with w.
inline WindowProduct<StridedRight> forward_product(const ConvGeometry& g, const float* x, const float* w) {
  const TapWeights by_column(g, w, TapWeights::Direction::forward, {g.kh, 0, 1}, {g.kw, 0, 1},
                             TapWeights::Order::by_column);
  return {forward_windows(g, x), g.out_pixels(), g.c_out, g.window(), StridedRight(w, g.c_out, 1), by_column};
}

}  // namespace deepobs::DEEPOBS_ISA
