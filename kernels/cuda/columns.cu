#include "kernels/cuda/columns.h"
#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"
#include "kernels/reduce_attributes.h"

namespace deepobs {
namespace {

constexpr int tile_columns = 32, tile_rows = 8;  // a block's threads

/// Sums of rows [begin, end) of the block's columns, in the threads of its first row. All threads take part.
template <class In>
__device__ double tile_sum(const In& x, std::int64_t begin, std::int64_t end, std::int64_t columns,
                           std::int64_t column) {
  __shared__ double sums[tile_rows][tile_columns];
  const int lane = static_cast<int>(threadIdx.x) % tile_columns, row = static_cast<int>(threadIdx.x) / tile_columns;
  double mine = 0.;
  if (column < columns)
    for (std::int64_t r = begin + row; r < end; r += tile_rows) mine += static_cast<double>(x[r * columns + column]);
  __syncthreads();  // the last sums may still be read
  sums[row][lane] = mine;
  __syncthreads();
  double total = 0.;
  if (row == 0)
    for (const auto& of_row : sums) total += of_row[lane];
  return total;
}

/// Some row blocks of one tile of columns; where these are all of them, the whole sum too.
template <class In>
struct ColumnTile {
  In x;
  std::int64_t rows, columns, rows_each, row_blocks, row_blocks_each, tiles;
  double* partial;  // null: not wanted
  float* y;         // null: not all row blocks are here

  __device__ void operator()(std::int64_t block) const {
    const std::int64_t column = block % tiles * tile_columns + threadIdx.x % tile_columns;
    const std::int64_t first = block / tiles * row_blocks_each;
    const std::int64_t last = first + row_blocks_each < row_blocks ? first + row_blocks_each : row_blocks;
    const bool writes = threadIdx.x < tile_columns && column < columns;
    double total = 0.;
    for (std::int64_t b = first; b < last; ++b) {
      const std::int64_t begin = b * rows_each, end = begin + rows_each < rows ? begin + rows_each : rows;
      const double sum = tile_sum(x, begin, end, columns, column);
      if (writes && partial) partial[b * columns + column] = sum;
      total += sum;
    }
    if (writes && y) y[column] = static_cast<float>(total);
  }
};

template <class In>
void run(const CudaQueue& queue, const ColumnTile<In>& tile) {
  const std::int64_t groups = tile.row_blocks > 0 ? blocks_of(tile.row_blocks, tile.row_blocks_each) : 1;
  for_each_block(queue, {.blocks = tile.tiles * groups, .threads = tile_columns * tile_rows}, tile);
}

}  // namespace

std::int64_t partial_column_bytes(std::int64_t rows, std::int64_t columns) {
  return column_blocks(rows, columns).row_blocks * columns * static_cast<std::int64_t>(sizeof(double));
}

void sum_columns_on_gpu(const CudaQueue& queue, const Floats& x, std::int64_t rows, std::int64_t columns, float* y,
                        double* partial) {
  const ColumnBlocks blocks = column_blocks(rows, columns);
  const std::int64_t tiles = blocks_of(columns, tile_columns);
  constexpr std::int64_t few_rows = 512;  // one launch more would cost more than it brings
  if (rows <= few_rows || blocks.row_blocks <= 1) {
    const std::int64_t all = blocks.row_blocks > 0 ? blocks.row_blocks : 1;
    run(queue, ColumnTile<Floats>{x, rows, columns, blocks.rows_each, blocks.row_blocks, all, tiles, partial, y});
    return;
  }
  run(queue, ColumnTile<Floats>{x, rows, columns, blocks.rows_each, blocks.row_blocks, 1, tiles, partial, nullptr});
  run(queue,
      ColumnTile<const double*>{partial, blocks.row_blocks, columns, blocks.row_blocks, 1, 1, tiles, nullptr, y});
}

}  // namespace deepobs
