#include "kernels/convolution/conv_geometry.h"

#include <algorithm>
#include <bit>

#include "kernels/cpu/blocks.h"

namespace deepobs {
namespace {

constexpr std::int64_t wanted_tasks = 16;    // as for products of matrices
constexpr std::int64_t good_work = 1 << 21;  // products in a task: 30 us, long enough to forget its start
constexpr std::int64_t few_rows = 256,
                       most_rows = 2048;  // between them, work decides; weights are packed once per block
constexpr std::int64_t least_rows = 64;   // below it, packing the weights costs more than another core brings
constexpr std::int64_t most_columns = most_conv_columns, least_columns = 64;
constexpr std::int64_t column_unit = 32;        // where blocks of columns end, see GemmCut
constexpr std::int64_t good_window_rows = 256;  // of a weight gradient's block: more blocks spare slices
constexpr std::int64_t least_slice = 1024;      // against the cost of writing and adding a partial result

std::int64_t more(std::int64_t others, std::int64_t most) {
  return std::clamp((wanted_tasks + others / 2) / others, std::int64_t{1}, most);
}

}  // namespace

GemmCut cut_windows(std::int64_t rows, std::int64_t columns, std::int64_t depth) {
  const std::int64_t good_rows =
      std::clamp(good_work / std::max<std::int64_t>(columns * depth, 1), few_rows, most_rows);
  GemmCut cut{.row_blocks = blocks(rows, good_rows), .column_blocks = blocks(columns, most_columns)};
  cut.row_blocks = std::max(cut.row_blocks, more(cut.column_blocks, blocks(rows, least_rows)));
  cut.column_blocks = std::max(cut.column_blocks, more(cut.row_blocks, blocks(columns, least_columns)));
  return cut;
}

std::optional<GemmCut> cut_into_images(const ConvGeometry& geometry) {
  const std::int64_t pixels = geometry.out_h * geometry.out_w;
  GemmCut cut = cut_windows(geometry.out_pixels(), geometry.c_out, geometry.window());
  const std::int64_t tasks = std::min(cut.tasks(), wanted_tasks);
  const std::int64_t columns = blocks(blocks(geometry.c_out, column_unit), cut.column_blocks) * column_unit;
  const std::int64_t images =
      output_scratch_floats / (pixels * std::max<std::int64_t>(std::min(columns, geometry.c_out), 1));
  if (images == 0) return {};
  cut.cut_rows_at(geometry.out_pixels(), pixels);
  cut.row_blocks = std::max(cut.row_blocks, blocks(geometry.n, images));
  if (cut.tasks() < tasks) return {};
  return cut;
}

WeightGradientCut cut_weight_gradient(const ConvGeometry& geometry) {
  constexpr std::int64_t most = WeightGradientCut::most_pixels;
  const std::int64_t h = geometry.out_h, w = geometry.out_w;
  WeightGradientCut cut{.images = geometry.n, .out_h = h, .out_w = w};
  cut.column_cuts = blocks(w, most);
  cut.row_cuts = blocks(h, std::max<std::int64_t>(most / w, 1));
  cut.image_cuts = h <= most / w ? blocks(geometry.n, most / (h * w)) : std::max<std::int64_t>(geometry.n, 1);
  // Powers of two keep two, four and eight cores even.
  const auto at_most = [](std::int64_t count) {
    return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(std::max<std::int64_t>(count, 1))));
  };
  cut.column_blocks = blocks(geometry.c_out, most_columns);
  cut.tap_blocks = at_most(std::min(blocks(geometry.window(), good_window_rows), wanted_tasks));
  cut.slices = at_most(std::min(
      {wanted_tasks / (cut.tap_blocks * cut.column_blocks), geometry.out_pixels() / least_slice, cut.bunches()}));
  return cut;
}

std::int64_t WeightGradientCut::images_in_bunch() const { return (images + image_cuts - 1) / image_cuts; }
std::int64_t WeightGradientCut::rows_in_bunch() const { return (out_h + row_cuts - 1) / row_cuts; }

WeightGradientCut::Bunch WeightGradientCut::bunch(std::int64_t index) const {
  const std::int64_t c = index % column_cuts, r = index / column_cuts % row_cuts, i = index / column_cuts / row_cuts;
  Bunch made{.image = block_begin(images, image_cuts, i),
             .row = block_begin(out_h, row_cuts, r),
             .column = block_begin(out_w, column_cuts, c)};
  made.images = block_begin(images, image_cuts, i + 1) - made.image;
  made.rows = block_begin(out_h, row_cuts, r + 1) - made.row;
  made.columns = block_begin(out_w, column_cuts, c + 1) - made.column;
  return made;
}

std::int64_t conv_weight_gradient_workspace_floats(const ConvGeometry& geometry) {
  const std::int64_t slices = cut_weight_gradient(geometry).slices;
  return slices > 1 ? slices * (geometry.window() + 1) * geometry.c_out : 0;
}

}  // namespace deepobs
