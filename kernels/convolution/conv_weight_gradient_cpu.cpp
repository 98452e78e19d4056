#include <algorithm>

#include "kernels/convolution/conv.h"
#include "kernels/convolution/conv_window.h"
#include "kernels/cpu/partial_sums.h"
#include "kernels/ops/pool/max_pool_loops.h"
#include "kernels/product/gemm_block.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

// dw = x^T dy, one term for each pixel of dy. No matrix of windows is made: the columns of x^T that belong to one row u
// of the window are a run of taps_w * c_in floats of the image, and from one pixel to the next that run moves on by
// stride_w * c_in floats. So a register tile reads x where it lies, a segment of terms for each row of dy. Pixels are
// taken in bunches small enough for L1; a tile then adds the bunch to its place of dw, in L2.

/// Weight gradient and, in the row behind it, the gradient of the bias.
struct GradientRows {
  float* dw;
  float* db;
  std::int64_t window, c_out;

  float* row(std::int64_t index) const { return index < window ? dw + index * c_out : db; }
  void locate(std::int64_t first, int rows, float** c_rows, const float**) const {
    for (int r = 0; r < rows; ++r) c_rows[r] = row(first + r);
  }
};

/// Terms of the window that one segment table serves.
enum class Group {
  run,         ///< a row of the window, its taps side by side: the window never leaves the image at its sides
  padded_run,  ///< the same, from copies of the image rows with zeros at their sides
  tap,         ///< one tap: its pixels outside the image are left out, so nothing is multiplied by zeros
};

/// Channels from which on a tap alone fills a register tile.
constexpr std::int64_t enough_channels = 8;

std::int64_t padded_width(const ConvGeometry& g) { return (g.out_w - 1) * g.stride_w + g.kw; }
std::int64_t padded_stride(const ConvGeometry& g) { return padded_width(g) * g.c_in + window_slack; }

/// Image rows that a bunch of dy's rows meets.
std::int64_t met_rows(const ConvGeometry& g, std::int64_t rows) {
  return std::min(g.h, (rows - 1) * g.stride_h + g.kh);
}

Group group_of(const ConvGeometry& g, const WeightGradientCut& cut) {
  if (g.pad_left == 0 && padded_width(g) <= g.w) return Group::run;
  const std::int64_t copied = cut.images_in_bunch() * met_rows(g, cut.rows_in_bunch()) * padded_stride(g);
  return g.c_in < enough_channels && copied <= Worker::scratch_floats / 2 ? Group::padded_run : Group::tap;
}

/// dy as it is. Its pixels of a bunch are contiguous; its columns too if they are the tile's.
struct DenseGradient {
  const float* dy;

  /// The tile's columns for the pixels of a bunch, packed if they must be.
  RightPanel take(const ConvGeometry& g, const WeightGradientCut::Bunch& bunch, std::int64_t column, int columns,
                  float* packed) const {
    const float* from = dy + ((bunch.image * g.out_h + bunch.row) * g.out_w + bunch.column) * g.c_out + column;
    if (g.c_out == tile_columns) return {from, tile_columns};
    pack_right({.data = from, .row = g.c_out, .column = 1, .depth = bunch.pixels(), .columns = columns}, packed, 0);
    return {packed, tile_columns};
  }
};

/// dy as the gradient of a max pool behind the convolution: it is made here, a bunch at a time, and never exists as a
/// whole.
struct UnpooledGradient {
  const PooledGradient& pooled;

  RightPanel take(const ConvGeometry& g, const WeightGradientCut::Bunch& bunch, std::int64_t column, int columns,
                  float* packed) const {
    const WindowGeometry& pool = pooled.pool;
    const std::int64_t image = std::int64_t{pool.output.h} * pool.output.w * g.c_out;
    const IntRange pixels{static_cast<int>(bunch.column), static_cast<int>(bunch.column + bunch.columns)};
    float* to = packed;
    if (columns < tile_columns) clear(packed, bunch.pixels() * tile_columns);  // the rest of the last vector
    for (std::int64_t i = 0; i < bunch.images; ++i) {
      const std::int64_t from = (bunch.image + i) * image + column;
      for (std::int64_t r = 0; r < bunch.rows; ++r, to += bunch.columns * tile_columns)
        unpool_row(pool, bunch.row + r, pixels, columns, pooled.dy + from, pooled.winners + from, g.c_out, to,
                   tile_columns);
    }
    return {packed, tile_columns};
  }
};

template <class Gradient>
class WeightGradientTask {
 public:
  WeightGradientTask(const ConvGeometry& geometry, const WeightGradientCut& cut, const float* x, const Gradient& dy,
                     const GradientRows& out, bool add, Worker& worker)
      : g_(geometry),
        cut_(cut),
        group_(group_of(geometry, cut)),
        group_rows_((group_ == Group::tap ? 1 : g_.kw) * g_.c_in),
        panels_in_group_(blocks(group_rows_, tile_rows)),
        x_(x),
        dy_(dy),
        out_(out),
        add_(add),
        packed_(worker.scratch),
        copies_(worker.scratch + packed_floats) {}

  void run(std::int64_t task) {
    const std::int64_t block = task % (cut_.tap_blocks * cut_.column_blocks),
                       slice = task / (cut_.tap_blocks * cut_.column_blocks);
    const std::int64_t tap_block = block / cut_.column_blocks, column_block = block % cut_.column_blocks;
    const std::int64_t column = block_begin(g_.c_out, cut_.column_blocks, column_block, tile_columns);
    const std::int64_t columns = block_begin(g_.c_out, cut_.column_blocks, column_block + 1, tile_columns) - column;
    const std::int64_t panels = g_.window() / group_rows_ * panels_in_group_;
    const std::int64_t first = block_begin(panels, cut_.tap_blocks, tap_block);
    const std::int64_t end = block_begin(panels, cut_.tap_blocks, tap_block + 1);
    for (std::int64_t b = block_begin(cut_.bunches(), cut_.slices, slice);
         b < block_begin(cut_.bunches(), cut_.slices, slice + 1); ++b) {
      bunch_ = cut_.bunch(b);
      if (group_ == Group::padded_run) copy_rows();
      for (std::int64_t c = 0; c < columns; c += tile_columns) {
        column_ = column + c;
        columns_ = static_cast<int>(std::min<std::int64_t>(columns - c, tile_columns));
        right_ = dy_.take(g_, bunch_, column_, columns_, packed_);
        if (out_.db && tap_block == 0) sum_right();
        for (std::int64_t p = first; p < end; ++p) multiply_panel(p, p == first);
      }
      add_ = true;
    }
  }

 private:
  static constexpr std::int64_t most_pixels = WeightGradientCut::most_pixels;
  static constexpr std::int64_t packed_floats = most_pixels * tile_columns;

  /// Each row of a padded image is a window one pixel high.
  void copy_rows() {
    first_y_ = std::clamp(bunch_.row * g_.stride_h - g_.pad_top, std::int64_t{0}, g_.h);
    const std::int64_t end =
        std::clamp((bunch_.row + bunch_.rows - 1) * g_.stride_h - g_.pad_top + g_.kh, first_y_, g_.h);
    copied_ = end - first_y_;
    const Windows rows{.images = x_,
                       .height = g_.h,
                       .width = g_.w,
                       .channels = g_.c_in,
                       .rows = g_.h,
                       .columns = 1,
                       .taps_h = 1,
                       .taps_w = padded_width(g_),
                       .step_h = 1,
                       .step_w = 1,
                       .first_y = 0,
                       .first_x = -g_.pad_left};
    for (std::int64_t i = 0; i < bunch_.images; ++i)
      copy_windows(rows, (bunch_.image + i) * g_.h + first_y_, copied_, 0, padded_width(g_) * g_.c_in,
                   copies_ + i * copied_ * padded_stride(g_), padded_stride(g_));
  }

  /// The gradient of the bias: a row of A that is all ones.
  void sum_right() {
    static constexpr float one = 1.f;
    const Segment all{0, 0, bunch_.pixels()};
    multiply({.data = &one, .stride = 0, .k_major = true, .segments = &all, .count = 1}, g_.window(), 1);
  }

  void multiply_panel(std::int64_t panel, bool new_bunch) {
    const std::int64_t group = panel / panels_in_group_, part = panel % panels_in_group_;
    if (part == 0 || new_bunch) make_segments(group);
    const std::int64_t first = block_begin(group_rows_, panels_in_group_, part);
    const int rows = static_cast<int>(block_begin(group_rows_, panels_in_group_, part + 1) - first);
    multiply({.data = (group_ == Group::padded_run ? copies_ : x_) + first,
              .stride = g_.stride_w * g_.c_in,
              .k_major = true,
              .segments = segments_,
              .count = count_},
             group * group_rows_ + first, rows);
  }

  void multiply(const LeftPanel& left, std::int64_t row, int rows) {
    float* c[tile_rows];
    for (int r = 0; r < rows; ++r) c[r] = out_.row(row + r) + column_;
    multiply_tile(rows, columns_,
                  {.a = left, .b = right_, .c = c, .add_to_c = add_, .bias = nullptr, .relu = false, .gate = nullptr});
  }

  /// Where the group's floats lie for the pixels of the bunch: a segment for each row of dy that meets the image, fewer
  /// where one goes on where the last ended.
  void make_segments(std::int64_t group) {
    const bool tap = group_ == Group::tap;
    const std::int64_t u = tap ? group / g_.kw : group, v = tap ? group % g_.kw : 0;
    const std::int64_t end_column = bunch_.column + bunch_.columns;
    std::int64_t begin = bunch_.column, end = end_column;
    if (tap) {  // 0 <= j * stride_w - pad_left + v < w
      begin = std::clamp((g_.pad_left - v + g_.stride_w - 1) / g_.stride_w, bunch_.column, end_column);
      if (g_.pad_left < v) begin = bunch_.column;
      const std::int64_t last = g_.w - 1 + g_.pad_left - v;
      end = last < 0 ? begin : std::clamp(last / g_.stride_w + 1, begin, end_column);
    }
    const bool copied = group_ == Group::padded_run;
    const std::int64_t step = g_.stride_w * g_.c_in;
    const std::int64_t row_stride = copied ? padded_stride(g_) : g_.w * g_.c_in;
    const std::int64_t image_rows = copied ? copied_ : g_.h, first_image = copied ? 0 : bunch_.image;
    const std::int64_t first_y = copied ? first_y_ : 0, left = copied ? 0 : g_.pad_left - v;
    count_ = 0;
    if (begin == end) return;
    for (std::int64_t i = 0; i < bunch_.images; ++i) {
      for (std::int64_t r = 0; r < bunch_.rows; ++r) {
        const std::int64_t y = (bunch_.row + r) * g_.stride_h - g_.pad_top + u;
        if (y < 0 || y >= g_.h) continue;
        const Segment next{((first_image + i) * image_rows + y - first_y) * row_stride + begin * step - left * g_.c_in,
                           (i * bunch_.rows + r) * bunch_.columns + begin - bunch_.column, end - begin};
        Segment& last = segments_[count_ > 0 ? count_ - 1 : 0];
        if (count_ > 0 && last.a + last.depth * step == next.a && last.b + last.depth == next.b)
          last.depth += next.depth;
        else
          segments_[count_++] = next;
      }
    }
  }

  const ConvGeometry& g_;
  const WeightGradientCut& cut_;
  const Group group_;
  const std::int64_t group_rows_, panels_in_group_;
  const float* x_;
  const Gradient dy_;
  const GradientRows out_;
  bool add_;

  float* packed_;
  float* copies_;                          // image rows with zeros at their sides: [images, copied_, padded_stride]
  WeightGradientCut::Bunch bunch_ = {};    // the pixels at work
  std::int64_t first_y_ = 0, copied_ = 0;  // the image rows that were copied
  std::int64_t column_ = 0;                // of dw, where the tiles at work begin
  int columns_ = 0;
  RightPanel right_ = {};
  Segment segments_[most_pixels];
  std::int64_t count_ = 0;
};

template <class Gradient>
void weight_gradient(Executor& executor, const ConvGeometry& geometry, const float* x, const Gradient& dy, float* dw,
                     float* db, bool accumulate, float* workspace) {
  const WeightGradientCut cut = cut_weight_gradient(geometry);
  const std::int64_t window = geometry.window(), m = db ? window + 1 : window, n = geometry.c_out;
  const GradientRows rows{dw, db, window, n};
  const bool sliced = cut.slices > 1;
  executor.run(cut.tasks(), [&](std::int64_t task, Worker& worker) {
    float* partial = workspace + task / (cut.tap_blocks * cut.column_blocks) * m * n;
    const GradientRows out = sliced ? GradientRows{partial, db ? partial + window * n : nullptr, window, n} : rows;
    WeightGradientTask(geometry, cut, x, dy, out, !sliced && accumulate, worker).run(task);
  });
  if (sliced) add_slices(executor, workspace, cut.slices, m, n, rows, accumulate, {});
}

}  // namespace

void conv_weight_gradient(Executor& executor, const ConvGeometry& geometry, const float* x, const float* dy, float* dw,
                          float* db, bool accumulate, float* workspace) {
  weight_gradient(executor, geometry, x, DenseGradient{dy}, dw, db, accumulate, workspace);
}

void conv_weight_gradient_of_pooled(Executor& executor, const ConvGeometry& geometry, const float* x,
                                    const PooledGradient& dy, float* dw, float* db, float* workspace) {
  weight_gradient(executor, geometry, x, UnpooledGradient{dy}, dw, db, false, workspace);
}

}  // namespace deepobs::DEEPOBS_ISA
