#include <algorithm>

#include "kernels/cpu/blocks.h"
#include "kernels/product/gemm_pack.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

int lanes_left(std::int64_t count) { return count < lanes ? static_cast<int>(count) : lanes; }

/// Rows of B are contiguous: each row of a panel is a few vectors.
void pack_rows(const RightPart& part, std::int64_t column, float* to) {
  const std::int64_t columns = std::min<std::int64_t>(part.columns - column, tile_columns);
  const float* from = part.data + column;
  if (columns == tile_columns) {
    for (std::int64_t k = 0; k < part.depth; ++k, from += part.row, to += tile_columns)
      for (int v = 0; v < tile_vectors; ++v) store(to + v * lanes, load(from + v * lanes));
    return;
  }
  for (std::int64_t k = 0; k < part.depth; ++k, from += part.row, to += tile_columns)
    for (std::int64_t j = 0; j < columns; j += lanes) store(to + j, load_first(from + j, lanes_left(columns - j)));
}

/// Columns of B are contiguous (it is a transposed matrix): squares of lanes x lanes go through the registers.
void pack_columns(const RightPart& part, std::int64_t column, float* to) {
  const std::int64_t columns = std::min<std::int64_t>(part.columns - column, tile_columns);
  for (std::int64_t j = 0; j < columns; j += lanes) {
    const int wide = lanes_left(columns - j);
    const float* from = part.data + (column + j) * part.column;
    for (std::int64_t k = 0; k < part.depth; k += lanes) {
      const int deep = lanes_left(part.depth - k);
      float* out = to + k * tile_columns + j;
      if (wide == lanes && deep == lanes) {
        load_columns(from + k, part.column, [&](int i, Vec terms) { store(out + i * tile_columns, terms); });
        continue;
      }
      float square[lanes * lanes];
      for (int i = 0; i < lanes; ++i)
        store(square + i * lanes, i < wide ? load_first(from + i * part.column + k, deep) : Vec{});
      load_columns(square, lanes, [&](int i, Vec terms) {
        if (i < deep) store(out + i * tile_columns, terms);
      });
    }
  }
}

/// Neither is: one element at a time.
void pack_elements(const RightPart& part, std::int64_t column, float* to) {
  const std::int64_t columns = std::min<std::int64_t>(part.columns - column, tile_columns);
  const std::int64_t padded = round_up(columns, lanes);
  for (std::int64_t k = 0; k < part.depth; ++k, to += tile_columns)
    for (std::int64_t j = 0; j < padded; ++j)
      to[j] = j < columns ? part.data[k * part.row + (column + j) * part.column] : 0.f;
}

}  // namespace

void pack_right(const RightPart& part, float* to, std::int64_t panel_stride) {
  for (std::int64_t column = 0; column < part.columns; column += tile_columns, to += panel_stride) {
    if (part.column == 1)
      pack_rows(part, column, to);
    else if (part.row == 1)
      pack_columns(part, column, to);
    else
      pack_elements(part, column, to);
  }
}

void pack_left(const float* data, std::int64_t row, std::int64_t column, std::int64_t rows, std::int64_t depth,
               float* to, std::int64_t stride) {
  for (std::int64_t r = 0; r < rows; ++r, data += row, to += stride) {
    if (column == 1)
      std::copy_n(data, depth, to);
    else
      for (std::int64_t k = 0; k < depth; ++k) to[k] = data[k * column];
  }
}

}  // namespace deepobs::DEEPOBS_ISA
