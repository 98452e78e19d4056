#pragma once

#include <cstdint>

#include "kernels/product/gemm_tile.h"

namespace deepobs::DEEPOBS_ISA {

/// A part of B, some of its terms (rows) and columns: element (k, j) is data[k * row + j * column].
struct RightPart {
  const float* data;
  std::int64_t row, column;
  std::int64_t depth, columns;
};

/// Copies a part of B into panels of tile_columns columns, as multiply_tile() reads them. Panel p begins at
/// to + p * panel_stride and has rows of tile_columns floats; missing columns up to a whole vector become zeros.
void pack_right(const RightPart& part, float* to, std::int64_t panel_stride);

/// Copies a part of A, element (r, k) at data[r * row + k * column], into rows `stride` floats apart.
void pack_left(const float* data, std::int64_t row, std::int64_t column, std::int64_t rows, std::int64_t depth,
               float* to, std::int64_t stride);

}  // namespace deepobs::DEEPOBS_ISA
