#include "kernels/conv.h"
#include "kernels/conv_window.h"
#include "kernels/gemm_block.h"
#include "kernels/partial_sums.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

/// A of which each row is a window.
class WindowRows {
 public:
  explicit WindowRows(const Windows& windows) : windows_(windows) {}

  std::int64_t chunk_depth(const GemmBlock& block, std::int64_t term) const {
    return even_chunk(block.depth - term, gemm_depth);
  }
  std::int64_t panel_unit(const GemmBlock& block) const { return block.rows; }

  void begin(const GemmBlock& block, const Chunk& chunk) {
    row_ = block.row;
    term_ = chunk.term;
    depth_ = chunk.depth;
    memory_ = chunk.left;
  }

  LeftPanel panel(std::int64_t row, int rows) const {
    copy_windows(windows_, row_ + row, rows, term_, depth_, memory_, left_stride);
    return {memory_, left_stride, false, depth_};
  }

 private:
  Windows windows_;
  std::int64_t row_ = 0, term_ = 0, depth_ = 0;
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
           (!leaves_sides(windows) || images * windows.height * padded_stride(windows) <= Worker::scratch_floats / 2);
  }

  explicit WindowsInPlace(const Windows& windows)
      : windows_(windows),
        row_stride_(leaves_sides(windows) ? padded_stride(windows) : windows.width * windows.channels) {}

  /// Whole runs, or parts of one.
  std::int64_t chunk_depth(const GemmBlock& block, std::int64_t term) const {
    const std::int64_t run = windows_.taps_w * windows_.channels;
    if (run > gemm_depth) return even_chunk(run - term % run, gemm_depth);
    return even_chunk((block.depth - term) / run, gemm_depth / run) * run;
  }

  std::int64_t panel_unit(const GemmBlock&) const { return windows_.columns; }

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

  LeftPanel panel(std::int64_t row, int) const {
    const Windows& w = windows_;
    const std::int64_t grid_row = first_row_ + row / w.columns, image = grid_row / w.rows - first_row_ / w.rows;
    const std::int64_t y = w.first_y + grid_row % w.rows * w.step_h + first_tap_, x = row % w.columns * w.step_w;
    const std::int64_t begin = std::clamp(-y, std::int64_t{0}, taps_), end = std::clamp(w.height - y, begin, taps_);
    return {.data = images_ + (image * w.height + y + begin) * row_stride_ + x * w.channels + first_at_,
            .stride = w.step_w * w.channels,
            .k_major = false,
            .depth = depth_,
            .segments = end - begin,
            .segment_stride = row_stride_,
            .skipped = begin * depth_};
  }

 private:
  static std::int64_t padded_width(const Windows& w) { return (w.columns - 1) * w.step_w + w.taps_w; }
  static std::int64_t padded_stride(const Windows& w) { return padded_width(w) * w.channels + window_slack; }
  static bool leaves_sides(const Windows& w) { return w.first_x < 0 || w.first_x + padded_width(w) > w.width; }

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
};

/// A of which each column is a window, and the last row, if asked for, is all ones: its products are the sums of B.
class WindowColumns {
 public:
  WindowColumns(const Windows& windows, std::int64_t window) : windows_(windows), window_(window) {}

  /// Few terms: fewer windows at once, so that they stay in L1 (16 KiB) until they are used.
  std::int64_t chunk_depth(const GemmBlock& block, std::int64_t term) const {
    return even_chunk(block.depth - term, std::clamp<std::int64_t>(4096 / block.rows, 64, gemm_depth));
  }
  std::int64_t panel_unit(const GemmBlock& block) const { return block.rows; }

  void begin(const GemmBlock& block, const Chunk& chunk) {
    memory_ = chunk.left;
    depth_ = chunk.depth;
    stride_ = round_up(block.rows, 16) + 16;
    const std::int64_t terms = std::min(block.rows, window_ - block.row);
    copy_windows(windows_, chunk.term, chunk.depth, block.row, terms, memory_, stride_);
    if (terms < block.rows)
      for (std::int64_t k = 0; k < chunk.depth; ++k) memory_[k * stride_ + terms] = 1.f;
  }

  LeftPanel panel(std::int64_t row, int) const { return {memory_ + row, stride_, true, depth_}; }

 private:
  Windows windows_;
  std::int64_t window_;
  std::int64_t stride_ = 0, depth_ = 0;
  float* memory_ = nullptr;
};

Windows forward_windows(const ConvGeometry& g, const float* x) {
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

/// The weights as the right operand of a data gradient: terms are reversed taps and output channels, columns are input
/// channels.
class ReversedWeights {
 public:
  ReversedWeights(const ConvGeometry& geometry, const float* w, const Phase& vertical, const Phase& horizontal)
      : geometry_(geometry), w_(w), vertical_(vertical), horizontal_(horizontal) {}

  void begin(const GemmBlock& block, const Chunk& chunk) {
    const ConvGeometry& g = geometry_;
    panel_stride_ = chunk.depth * tile_columns;
    packed_ = chunk.right;
    const std::int64_t end = chunk.term + chunk.depth;
    for (std::int64_t term = chunk.term; term < end;) {
      const std::int64_t tap = term / g.c_out, channel = term % g.c_out;
      const std::int64_t depth = std::min(g.c_out - channel, end - term);
      const std::int64_t u = vertical_.last_tap - tap / horizontal_.taps * g.stride_h;
      const std::int64_t v = horizontal_.last_tap - tap % horizontal_.taps * g.stride_w;
      const float* part = w_ + ((u * g.kw + v) * g.c_in + block.column) * g.c_out + channel;
      pack_right({.data = part, .row = 1, .column = g.c_out, .depth = depth, .columns = block.columns},
                 chunk.right + (term - chunk.term) * tile_columns, panel_stride_);
      term += depth;
    }
  }

  RightPanel panel(std::int64_t column) const {
    return {packed_ + column / tile_columns * panel_stride_, tile_columns};
  }
  Ahead ahead(std::int64_t, std::int64_t) const { return {}; }  // used by many rows: packing them hardly counts

 private:
  const ConvGeometry& geometry_;
  const float* w_;
  Phase vertical_, horizontal_;
  const float* packed_ = nullptr;
  std::int64_t panel_stride_ = 0;
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

/// Weight gradient and, in the row behind it, the gradient of the bias.
struct GradientRows {
  float* dw;
  float* db;
  std::int64_t window, c_out;

  void locate(std::int64_t row, int rows, float** c_rows, const float**) const {
    for (int r = 0; r < rows; ++r) c_rows[r] = row + r < window ? dw + (row + r) * c_out : db;
  }
};

/// The product of all windows, one per row, with a right operand.
template <class Right, class Rows>
void multiply_windows(Executor& executor, const Windows& windows, std::int64_t m, std::int64_t n, std::int64_t k,
                      const Right& right, const Rows& out, bool add, const Epilogue& epilogue) {
  GemmCut cut = cut_windows(m, n, k);
  const bool in_place = WindowsInPlace::suits(windows, blocks(m, cut.row_blocks) + windows.columns);
  if (in_place) cut.cut_rows_at(m, windows.columns);
  executor.run(cut.tasks(), [&](std::int64_t task, Worker& worker) {
    const GemmBlock block = cut.block(task, m, n, k);
    if (in_place)
      multiply_block(block, WindowsInPlace(windows), right, out, add, epilogue, worker);
    else
      multiply_block(block, WindowRows(windows), right, out, add, epilogue, worker);
  });
}

}  // namespace

void conv_forward(Executor& executor, const ConvGeometry& geometry, const float* x, const float* w, float* y,
                  const Epilogue& epilogue) {
  const std::int64_t m = geometry.out_pixels(), n = geometry.c_out, k = geometry.window();
  const Windows windows = forward_windows(geometry, x);
  multiply_windows(executor, windows, m, n, k, StridedRight(w, n, 1), DenseRows{y, epilogue.gate, n}, false, epilogue);
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
      multiply_windows(executor, windows, m, n, k, ReversedWeights(g, w, vertical, horizontal),
                       PhaseRows{dx, epilogue.gate, g, vertical, horizontal}, accumulate, epilogue);
    }
  }
}

void conv_weight_gradient(Executor& executor, const ConvGeometry& geometry, const float* x, const float* dy, float* dw,
                          float* db, bool accumulate, float* workspace) {
  const std::int64_t window = geometry.window();
  const std::int64_t m = db ? window + 1 : window, n = geometry.c_out, k = geometry.out_pixels();
  const GemmCut cut = cut_weight_gradient(geometry);
  const bool sliced = cut.slices > 1;
  const Windows windows = forward_windows(geometry, x);
  const GradientRows rows{dw, db, window, n};
  executor.run(cut.tasks(), [&](std::int64_t task, Worker& worker) {
    const GemmBlock block = cut.block(task, m, n, k);
    const WindowColumns left(windows, window);
    const StridedRight right(dy, n, 1);
    if (sliced)
      multiply_block(block, left, right, DenseRows{workspace + cut.slice_of(task) * m * n, nullptr, n}, false, {},
                     worker);
    else
      multiply_block(block, left, right, rows, accumulate, {}, worker);
  });
  if (sliced) add_slices(executor, workspace, cut.slices, m, n, rows, accumulate, {});
}

}  // namespace deepobs::DEEPOBS_ISA
