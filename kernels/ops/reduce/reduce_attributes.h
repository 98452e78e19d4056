#pragma once

#include <cstdint>

#include "kernels/cpu/loops.h"

namespace deepobs {

/// What the sum is divided by: 1, or the number of elements for a mean.
struct SumDivisor {
  double divisor = 1.;
};

/// How sum_columns cuts [rows, columns] into tasks of about parallel_grain elements. Every row block leaves a row of
/// partial sums.
struct ColumnBlocks {
  static constexpr std::int64_t most_columns = 256;
  std::int64_t columns_each, rows_each, row_blocks, column_blocks;
};

static inline ColumnBlocks column_blocks(std::int64_t rows, std::int64_t columns) {
  ColumnBlocks blocks{};
  blocks.columns_each = columns < ColumnBlocks::most_columns ? (columns > 0 ? columns : 1) : ColumnBlocks::most_columns;
  blocks.rows_each = (parallel_grain + blocks.columns_each - 1) / blocks.columns_each;
  blocks.row_blocks = (rows + blocks.rows_each - 1) / blocks.rows_each;
  blocks.column_blocks = (columns + blocks.columns_each - 1) / blocks.columns_each;
  return blocks;
}

}  // namespace deepobs
