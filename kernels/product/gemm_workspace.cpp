#include "kernels/product/gemm_workspace.h"

#include <algorithm>

#include "kernels/cpu/blocks.h"

namespace deepobs {
namespace {

constexpr std::int64_t wanted_tasks = 16;     // enough to keep eight cores even, few enough to share packed panels
constexpr std::int64_t enough_tasks = 8;      // of which each packs a part of B that no other one needs
constexpr std::int64_t least_work = 1 << 18;  // products in a task: some 4 us, against about 0.3 us to start it
constexpr std::int64_t most_rows = 512;       // what a block of B, packed by each task that uses it, is shared by
constexpr std::int64_t least_rows = 56;       // below it, packing B costs more than another core brings
constexpr std::int64_t most_columns = 256;    // with gemm_depth: a quarter MiB of packed B, at home in L2
constexpr std::int64_t least_columns = 64;    // below it, reading A again costs more
constexpr std::int64_t least_slice = 2048;    // against the cost of writing and adding a partial result

/// Column blocks end at multiples of this, where the widest register tile ends.
constexpr std::int64_t column_unit = 32;

}  // namespace

void GemmCut::cut_rows_at(std::int64_t m, std::int64_t unit) {
  row_unit = unit;
  row_blocks = std::min(row_blocks, blocks(m, unit));
}

GemmBlock GemmCut::block(std::int64_t task, std::int64_t m, std::int64_t n, std::int64_t k) const {
  const std::int64_t slice = slice_of(task), cell = task / slices;
  const std::int64_t row_block = cell / column_blocks, column_block = cell % column_blocks;
  const std::int64_t row = block_begin(m, row_blocks, row_block, row_unit);
  const std::int64_t column = block_begin(n, column_blocks, column_block, column_unit);
  const std::int64_t term = block_begin(k, slices, slice);
  return {.row = row,
          .rows = block_begin(m, row_blocks, row_block + 1, row_unit) - row,
          .column = column,
          .columns = block_begin(n, column_blocks, column_block + 1, column_unit) - column,
          .term = term,
          .depth = block_begin(k, slices, slice + 1) - term};
}

GemmCut cut_gemm(std::int64_t m, std::int64_t n, std::int64_t k) {
  const std::int64_t wanted = std::clamp(m * n * k / least_work, std::int64_t{1}, wanted_tasks);
  const auto more = [&](std::int64_t others, std::int64_t most) {
    return std::clamp((wanted + others / 2) / others, std::int64_t{1}, most);
  };
  // Columns first: that packs no panel of B twice. But each block of them reads a tall A again.
  GemmCut cut{.row_blocks = blocks(m, most_rows)};
  const std::int64_t most_slices = blocks(k, least_slice);
  const bool tall = m >= 8 * n && most_slices == 1;
  const std::int64_t fewest_rows = cut.row_blocks, fewest_columns = blocks(n, most_columns);
  cut.column_blocks = tall ? fewest_columns : std::max(fewest_columns, more(cut.row_blocks, blocks(n, least_columns)));
  cut.row_blocks = std::max(fewest_rows, more(cut.column_blocks, blocks(m, least_rows)));
  cut.slices = more(cut.row_blocks * cut.column_blocks, most_slices);
  if (cut.slices == 1 && fewest_rows * cut.column_blocks >= enough_tasks) cut.row_blocks = fewest_rows;
  return cut;
}

std::int64_t gemm_workspace_floats(std::int64_t m, std::int64_t n, std::int64_t k) {
  const std::int64_t slices = cut_gemm(m, n, k).slices;
  return slices > 1 ? slices * m * n : 0;
}

}  // namespace deepobs
