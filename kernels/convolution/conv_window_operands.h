#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/convolution/conv_geometry.h"
#include "kernels/convolution/conv_window.h"
#include "kernels/product/gemm_block.h"

namespace deepobs::DEEPOBS_ISA {

// Ways to make windows the rows of A, for multiply_block(). No matrix of windows ever exists as a whole.

inline bool leaves_sides(const Windows& w) {
  return w.first_x < 0 || w.first_x + (w.columns - 1) * w.step_w + w.taps_w > w.width;
}

/// A of which each row is a window.
class WindowRows {
 public:
  explicit WindowRows(const Windows& windows) : windows_(windows) {}

  std::int64_t chunk_depth(const GemmBlock& block, std::int64_t term) const {
    return even_chunk(block.depth - term, gemm_depth);
  }
  std::int64_t panel_unit(const GemmBlock& block) const { return block.rows; }
  RowRange covered(std::int64_t rows) const { return {0, rows}; }

  void begin(const GemmBlock& block, const Chunk& chunk) {
    row_ = block.row;
    term_ = chunk.term;
    terms_ = {0, 0, chunk.depth};
    memory_ = chunk.left;
  }

  LeftPanel panel(std::int64_t row, int rows) const {
    copy_windows(windows_, row_ + row, rows, term_, terms_.depth, memory_, left_stride);
    return {memory_, left_stride, false, &terms_, 1};
  }

 private:
  Windows windows_;
  std::int64_t row_ = 0, term_ = 0;
  Segment terms_;
  float* memory_ = nullptr;
};

/// A of which each row is a window, read where it lies: the windows of one row of the grid are equally far apart, and
/// so are the runs of each. If windows leave the image at its sides, images are copied first with zeros there; runs
/// above and below the image are left out.
class WindowsInPlace {
 public:
  /// Grid rows that fill register tiles by two fifths at least (measured: still better than gathering), and room for
  /// the copies.
  static bool suits(const Windows& windows, std::int64_t most_rows) {
    const std::int64_t images = (most_rows - 1) / (windows.rows * windows.columns) + 2;
    return windows.taps_h > 0 && windows.taps_w > 0 && 5 * windows.columns >= 2 * tile_rows &&
           (!leaves_sides(windows) || images * windows.height * padded_stride(windows) <= most_copied_floats);
  }

  explicit WindowsInPlace(const Windows& windows)
      : windows_(windows),
        row_stride_(leaves_sides(windows) ? padded_stride(windows) : windows.width * windows.channels) {}

  /// Whole runs, or parts of one.
  std::int64_t chunk_depth(const GemmBlock& block, std::int64_t term) const {
    const std::int64_t run = windows_.taps_w * windows_.channels;
    if (run > gemm_depth) return even_chunk(run - term % run, gemm_depth);
    return even_chunk((block.depth - term) / run, std::min(gemm_depth / run, most_segments)) * run;
  }

  std::int64_t panel_unit(const GemmBlock&) const { return windows_.columns; }
  RowRange covered(std::int64_t rows) const { return {0, rows}; }

  void begin(const GemmBlock& block, const Chunk& chunk) {
    const Windows& w = windows_;
    const std::int64_t run = w.taps_w * w.channels;
    first_tap_ = chunk.term / run;
    first_at_ = chunk.term % run;
    depth_ = std::min(run, chunk.depth);
    taps_ = depth_ > 0 ? chunk.depth / depth_ : 0;
    first_row_ = block.row / w.columns;
    const std::int64_t first_image = first_row_ / w.rows;
    if (!leaves_sides(w)) {
      images_ = w.images + first_image * w.height * row_stride_ + w.first_x * w.channels;
    } else if (chunk.term == 0) {
      copy_images(first_image, (block.row + block.rows - 1) / w.columns / w.rows + 1, chunk.left);
      images_ = chunk.left;
    }
  }

  LeftPanel panel(std::int64_t row, int) {
    const Windows& w = windows_;
    const std::int64_t grid_row = first_row_ + row / w.columns, image = grid_row / w.rows - first_row_ / w.rows;
    const std::int64_t y = w.first_y + grid_row % w.rows * w.step_h + first_tap_, x = row % w.columns * w.step_w;
    const std::int64_t begin = std::clamp(-y, std::int64_t{0}, taps_), end = std::clamp(w.height - y, begin, taps_);
    for (std::int64_t tap = begin; tap < end; ++tap)
      segments_[tap - begin] = {(tap - begin) * row_stride_, tap * depth_, depth_};
    return {.data = images_ + (image * w.height + y + begin) * row_stride_ + x * w.channels + first_at_,
            .stride = w.step_w * w.channels,
            .k_major = false,
            .segments = segments_,
            .count = end - begin};
  }

 private:
  static constexpr std::int64_t most_segments = 32;

  static std::int64_t padded_width(const Windows& w) { return (w.columns - 1) * w.step_w + w.taps_w; }
  static std::int64_t padded_stride(const Windows& w) { return padded_width(w) * w.channels + window_slack; }

  /// Each row of a padded image is a window one pixel high.
  void copy_images(std::int64_t first, std::int64_t end, float* to) const {
    Windows whole = windows_;
    whole.rows = whole.height;
    whole.columns = 1;
    whole.taps_h = 1;
    whole.taps_w = padded_width(windows_);
    whole.step_h = 1;
    whole.first_y = 0;
    copy_windows(whole, first * whole.rows, (end - first) * whole.rows, 0, whole.taps_w * whole.channels, to,
                 row_stride_);
  }

  Windows windows_;
  std::int64_t row_stride_;        // floats from one row of the images read to the next
  const float* images_ = nullptr;  // from the block's first image on, first window's first column
  std::int64_t first_row_ = 0;     // of the grid, where the block begins
  std::int64_t first_tap_ = 0, taps_ = 0, first_at_ = 0, depth_ = 0;  // the chunk: its runs, or its part of one
  Segment segments_[most_segments];
};

/// A of which each row is a window, read where it lies, for windows that leave the image at its sides: its terms come
/// column of taps by column of taps (column, row, channel), and with each only the windows whose taps of that column
/// are pixels. Nothing is copied, nothing multiplied by zeros.
class WindowsByTap {
 public:
  /// Chains of additions that are worth a register tile, which the grid's rows fill by two fifths at least.
  static bool suits(const Windows& windows) {
    return leaves_sides(windows) && windows.taps_h > 0 && windows.taps_w > 0 && windows.channels >= 16 &&
           5 * windows.columns >= 2 * tile_rows;
  }

  explicit WindowsByTap(const Windows& windows) : windows_(windows) {}

  /// Whole taps of one column, or a part of one.
  std::int64_t chunk_depth(const GemmBlock&, std::int64_t term) const {
    const std::int64_t channels = windows_.channels, column = windows_.taps_h * channels;
    if (channels > gemm_depth) return even_chunk(channels - term % channels, gemm_depth);
    return even_chunk((column - term % column) / channels, std::min(gemm_depth / channels, most_segments)) * channels;
  }

  std::int64_t panel_unit(const GemmBlock&) const { return windows_.columns; }
  RowRange covered(std::int64_t) const { return covered_; }

  void begin(const GemmBlock& block, const Chunk& chunk) {
    const Windows& w = windows_;
    first_row_ = block.row / w.columns;
    const std::int64_t tap = chunk.term / w.channels, column = tap / w.taps_h;
    first_tap_ = tap % w.taps_h;
    depth_ = std::min(w.channels, chunk.depth);
    taps_ = chunk.depth / depth_;
    first_ = chunk.term % w.channels + (w.first_x + column) * w.channels;
    const std::int64_t x = w.first_x + column;  // of the first window's tap
    covered_.begin = x < 0 ? std::min((-x + w.step_w - 1) / w.step_w, w.columns) : 0;
    covered_.end =
        x < w.width ? std::clamp((w.width - 1 - x) / w.step_w + 1, covered_.begin, w.columns) : covered_.begin;
  }

  LeftPanel panel(std::int64_t row, int) {
    const Windows& w = windows_;
    const std::int64_t grid_row = first_row_ + row / w.columns, image = grid_row / w.rows;
    const std::int64_t y = w.first_y + grid_row % w.rows * w.step_h + first_tap_;
    const std::int64_t begin = std::clamp(-y, std::int64_t{0}, taps_), end = std::clamp(w.height - y, begin, taps_);
    const std::int64_t at = first_ + row % w.columns * w.step_w * w.channels, image_row = w.width * w.channels;
    for (std::int64_t tap = begin; tap < end; ++tap)
      segments_[tap - begin] = {(image * w.height + y + tap) * image_row + at, tap * depth_, depth_};
    return {.data = w.images,
            .stride = w.step_w * w.channels,
            .k_major = false,
            .segments = segments_,
            .count = end - begin};
  }

 private:
  static constexpr std::int64_t most_segments = 32;

  Windows windows_;
  std::int64_t first_row_ = 0;                                     // of the grid, where the block begins
  std::int64_t first_tap_ = 0, taps_ = 0, first_ = 0, depth_ = 0;  // the chunk: its taps, or its part of one
  RowRange covered_ = {};                                          // windows of a grid row that have these taps
  Segment segments_[most_segments];
};

}  // namespace deepobs::DEEPOBS_ISA
