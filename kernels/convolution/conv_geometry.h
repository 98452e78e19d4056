#pragma once

#include <cstdint>
#include <optional>

#include "engine/run/executor.h"
#include "kernels/product/gemm_workspace.h"

namespace deepobs {

/// A two-dimensional convolution (correlation, as deep learning has it) of images [n, h, w, c_in] with weights
/// [kh, kw, c_in, c_out] to [n, out_h, out_w, c_out]:
///   y[n,i,j,o] = sum over u, v, c of  x[n, i * stride_h - pad_top + u, j * stride_w - pad_left + v, c] * w[u,v,c,o]
/// where x is 0 outside the image (its product with an infinite weight may be left out or be a NaN). Who makes one has
/// checked it: extents, strides >= 1, pads >= 0, and out_h = (h + pad_top + pad_bottom - kh) / stride_h + 1 >= 1,
/// rounded down; out_w alike.
struct ConvGeometry {
  std::int64_t n = 1, h = 1, w = 1, c_in = 1;
  std::int64_t kh = 1, kw = 1, c_out = 1;
  std::int64_t stride_h = 1, stride_w = 1;
  std::int64_t pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
  std::int64_t out_h = 1, out_w = 1;

  std::int64_t out_pixels() const { return n * out_h * out_w; }
  std::int64_t window() const { return kh * kw * c_in; }  ///< terms of each output element
};

/// How a product over the windows of images is cut, one row per window: like cut_gemm(), but rows first, because blocks
/// of columns gather the same windows again. Never in slices.
GemmCut cut_windows(std::int64_t rows, std::int64_t columns, std::int64_t depth);

constexpr std::int64_t most_conv_columns =
    256;  ///< in a block of cut_windows(): those of weights that are packed at once

// What lies in a worker's memory during such a product: packed weights, copies of images, and, where it goes no
// further, the output of a block.
constexpr std::int64_t most_copied_floats = Worker::scratch_floats / 2;
constexpr std::int64_t product_scratch_floats = Worker::scratch_floats / 8 + most_copied_floats;
constexpr std::int64_t output_scratch_floats = Worker::scratch_floats - product_scratch_floats;

/// How a convolution is cut whose output stays in the worker's memory, where an op goes on with it: as cut_windows()
/// does, but in whole images. Nothing where it is better to write the output: where an image's does not fit into
/// output_scratch_floats, or the images are too few to keep as many cores busy.
std::optional<GemmCut> cut_into_images(const ConvGeometry& geometry);

/// How a weight gradient is cut: its terms, the pixels of dy, into slices, each some bunches; its rows, the terms of
/// the window, and its columns into blocks. Slices give partial results.
struct WeightGradientCut {
  /// Pixels that are taken at once: with a tile's columns of dy and its rows of x, they fit L1 (24 + 11 KiB).
  static constexpr std::int64_t most_pixels = 192;

  std::int64_t images = 1, out_h = 1, out_w = 1;  ///< of dy
  /// A bunch is some images, some rows of one, or a part of a row.
  std::int64_t image_cuts = 1, row_cuts = 1, column_cuts = 1;
  std::int64_t slices = 1, tap_blocks = 1, column_blocks = 1;

  std::int64_t bunches() const { return image_cuts * row_cuts * column_cuts; }
  std::int64_t images_in_bunch() const;  ///< at most
  std::int64_t rows_in_bunch() const;    ///< at most
  std::int64_t tasks() const { return slices * tap_blocks * column_blocks; }

  /// Pixels of dy that lie one behind the other.
  struct Bunch {
    std::int64_t image = 0, images = 1, row = 0, rows = 1, column = 0, columns = 1;
    std::int64_t pixels() const { return images * rows * columns; }
  };
  Bunch bunch(std::int64_t index) const;
};

WeightGradientCut cut_weight_gradient(const ConvGeometry& geometry);

/// Floats of workspace that conv_weight_gradient() needs, on any instruction set; the other directions need none.
std::int64_t conv_weight_gradient_workspace_floats(const ConvGeometry& geometry);

}  // namespace deepobs
