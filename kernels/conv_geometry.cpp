#include "kernels/conv_geometry.h"

#include <algorithm>

#include "kernels/blocks.h"

namespace deepobs {
namespace {

constexpr std::int64_t wanted_tasks = 16;    // as for products of matrices
constexpr std::int64_t good_work = 1 << 21;  // products in a task: 30 us, long enough to forget its start
constexpr std::int64_t few_rows = 256,
                       most_rows = 2048;  // between them, work decides; weights are packed once per block
constexpr std::int64_t least_rows = 64;   // below it, packing the weights costs more than another core brings
constexpr std::int64_t most_columns = 256, least_columns = 64;
constexpr std::int64_t most_window_rows = 288;  // with gemm_depth pixels: 300 KiB of gathered windows
constexpr std::int64_t least_slice = 2048;      // against the cost of writing and adding a partial result

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

GemmCut cut_weight_gradient(const ConvGeometry& geometry) {
  GemmCut cut{.row_blocks = blocks(geometry.window() + 1, most_window_rows),
              .column_blocks = blocks(geometry.c_out, most_columns)};
  cut.slices = more(cut.row_blocks * cut.column_blocks, blocks(geometry.out_pixels(), least_slice));
  return cut;
}

std::int64_t conv_weight_gradient_workspace_floats(const ConvGeometry& geometry) {
  const std::int64_t slices = cut_weight_gradient(geometry).slices;
  return slices > 1 ? slices * (geometry.window() + 1) * geometry.c_out : 0;
}

}  // namespace deepobs
