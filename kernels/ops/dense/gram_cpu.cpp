#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/dense/gram_attributes.h"
#include "kernels/product/gemm.h"
#include "kernels/product/gemm_block.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

/// Rows and columns of a block. Of g blocks a side, (g + 1) / 2g of the products are computed; smaller blocks would
/// save more, and pay more for packing.
constexpr std::int64_t side = 128;

/// Copies what lies below the diagonal above it, for the rows and columns of a block.
void mirror(float* y, std::int64_t extent, const GemmBlock& block) {
  constexpr std::int64_t tile = 16;  // its rows and columns both stay in L1
  for (std::int64_t row = block.row; row < block.row + block.rows; row += tile)
    for (std::int64_t column = block.column; column < block.column + block.columns; column += tile) {
      const std::int64_t rows_end = std::min(row + tile, block.row + block.rows);
      const std::int64_t columns_end = std::min(column + tile, block.column + block.columns);
      for (std::int64_t r = row; r < rows_end; ++r)
        for (std::int64_t c = column; c < std::min(columns_end, r); ++c) y[c * extent + r] = y[r * extent + c];
    }
}

/// Block `task` of those on and below the diagonal.
GemmBlock block_of(std::int64_t task, std::int64_t extent, std::int64_t count, std::int64_t depth) {
  std::int64_t i = 0;
  while (task > i) task -= ++i;
  const auto begin = [=](std::int64_t b) { return block_begin(extent, count, b, tile_columns); };
  return {.row = begin(i),
          .rows = begin(i + 1) - begin(i),
          .column = begin(task),
          .columns = begin(task + 1) - begin(task),
          .term = 0,
          .depth = depth};
}

}  // namespace

void gram(const Call& call) {
  const bool of_columns = call.as<GramOptions>().of_columns;
  const View& x = call.in[0];
  float* const y = call.out[0].f32();
  const std::int64_t extent = call.out[0].shape[0], depth = x.shape[of_columns ? 0 : 1], width = x.shape[1];
  const std::int64_t row = of_columns ? 1 : width, column = of_columns ? width : 1;
  const std::int64_t count = (extent + side / 2) / side;
  if (count < 2) {
    gemm(*call.executor,
         {.m = extent,
          .n = extent,
          .k = depth,
          .a = x.f32(),
          .a_row = row,
          .a_column = column,
          .b = x.f32(),
          .b_row = column,
          .b_column = row,
          .c = y,
          .c_row = extent},
         call.out[1].f32());
    return mirror(y, extent, {.row = 0, .rows = extent, .column = 0, .columns = extent, .term = 0, .depth = depth});
  }
  call.executor->run(count * (count + 1) / 2, [&](std::int64_t task, Worker& worker) {
    const GemmBlock block = block_of(task, extent, count, depth);
    multiply_block(block, StridedLeft(x.f32(), row, column), StridedRight(x.f32(), column, row),
                   DenseRows{y, nullptr, extent}, false, {}, worker);
    mirror(y, extent, block);
  });
}

}  // namespace deepobs::DEEPOBS_ISA
