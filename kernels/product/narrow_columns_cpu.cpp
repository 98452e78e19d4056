#include <algorithm>

#include "kernels/product/gemm_block.h"
#include "kernels/product/narrow_parts.h"

namespace deepobs::DEEPOBS_ISA {

void multiply_transposed(const Gemm& given, Stretch rows, Worker& worker) {
  const Gemm p = given;  // a copy, which stores to C cannot change
  const bool plain = bare(p);
  float* const squares = worker.scratch;  // the transposed tile, and rows for load_columns() to read behind it
  float* const edge = squares + tile_columns * lanes;
  for (std::int64_t i = rows.begin; i < rows.end; i += tile_columns) {
    const int wide = static_cast<int>(std::min<std::int64_t>(rows.end - i, tile_columns));
    const std::int64_t groups = blocks(p.n, std::min(tile_rows, lanes));
    for (std::int64_t g = 0; g < groups; ++g) {
      const std::int64_t column = block_begin(p.n, groups, g);
      const int count = static_cast<int>(block_begin(p.n, groups, g + 1) - column);
      float* c[tile_rows];
      for (int j = 0; j < count; ++j) c[j] = squares + j * tile_columns;
      for (std::int64_t term = 0; term < p.k;) {
        const std::int64_t depth = even_chunk(p.k - term, gemm_depth);
        RightPanel right{p.a + term * p.a_column + i, p.a_column};
        if (wide < tile_columns) {  // whole vectors are read
          pack_right({right.data, right.stride, 1, depth, wide}, edge, 0);
          right = {edge, tile_columns};
        }
        const Segment terms{0, 0, depth};
        multiply_tile(count, wide,
                      {.a = {p.b + term * p.b_row + column, p.b_row, true, &terms, 1},
                       .b = right,
                       .c = c,
                       .add_to_c = term > 0,
                       .bias = nullptr,
                       .relu = false,
                       .gate = nullptr});
        term += depth;
      }
      for (int v = 0; v < wide; v += lanes)
        load_columns(
            squares + v, tile_columns, [&](int r, Vec sums) __attribute__((always_inline)) {
              if (v + r >= wide) return;
              if (plain)
                store_first(p.c + (i + v + r) * p.c_row + column, sums, count);
              else
                finish(p, i + v + r, column, sums, count, true, true);
            });
    }
  }
}

}  // namespace deepobs::DEEPOBS_ISA
