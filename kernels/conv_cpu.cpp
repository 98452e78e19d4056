#include "kernels/conv.h"
#include "kernels/conv_window.h"
#include "kernels/gemm_block.h"
#include "kernels/partial_sums.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

bool leaves_sides(const Windows& w) {
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
           (!leaves_sides(windows) || images * windows.height * padded_stride(windows) <= Worker::scratch_floats / 2);
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

/// The product of all windows, one per row, with the right operand, whose terms may be asked for in either order.
template <class RightByRow, class Rows>
void multiply_windows(Executor& executor, const Windows& windows, std::int64_t m, std::int64_t n, std::int64_t k,
                      const RightByRow& by_row, const TapWeights& by_column, const Rows& out, bool add,
                      const Epilogue& epilogue) {
  GemmCut cut = cut_windows(m, n, k);
  const bool by_tap = WindowsByTap::suits(windows);
  const bool in_place = WindowsInPlace::suits(windows, blocks(m, cut.row_blocks) + windows.columns);
  if (by_tap || in_place) cut.cut_rows_at(m, windows.columns);
  executor.run(cut.tasks(), [&](std::int64_t task, Worker& worker) {
    const GemmBlock block = cut.block(task, m, n, k);
    if (by_tap)
      multiply_block(block, WindowsByTap(windows), by_column, out, add, epilogue, worker);
    else if (in_place)
      multiply_block(block, WindowsInPlace(windows), by_row, out, add, epilogue, worker);
    else
      multiply_block(block, WindowRows(windows), by_row, out, add, epilogue, worker);
  });
}

}  // namespace

void conv_forward(Executor& executor, const ConvGeometry& geometry, const float* x, const float* w, float* y,
                  const Epilogue& epilogue) {
  const std::int64_t m = geometry.out_pixels(), n = geometry.c_out, k = geometry.window();
  const Windows windows = forward_windows(geometry, x);
  const TapWeights by_column(geometry, w, TapWeights::Direction::forward, {geometry.kh, 0, 1}, {geometry.kw, 0, 1},
                             TapWeights::Order::by_column);
  multiply_windows(executor, windows, m, n, k, StridedRight(w, n, 1), by_column, DenseRows{y, epilogue.gate, n}, false,
                   epilogue);
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
      multiply_windows(executor, windows, m, n, k, weights(TapWeights::Order::by_row),
                       weights(TapWeights::Order::by_column), PhaseRows{dx, epilogue.gate, g, vertical, horizontal},
                       accumulate, epilogue);
    }
  }
}

}  // namespace deepobs::DEEPOBS_ISA
