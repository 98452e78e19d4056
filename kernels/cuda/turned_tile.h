#pragma once

#include "engine/cuda/launch.h"

namespace deepobs {

// Matrices turned on a GPU, tile by tile. For files that are compiled as CUDA.

constexpr int turned_tile = 32, turned_tile_rows = 8;
constexpr unsigned turned_tile_threads = turned_tile * turned_tile_rows;

/// Tile `b` of a matrix [rows, columns], by all threads of a block: calls store(i, load(j)), i of the turned matrix
/// [columns, rows], for each of its elements. Both go by rows; the column more keeps a warp's threads on different
/// banks.
template <class Load, class Store>
__device__ static inline void turn_tile(std::int64_t rows, std::int64_t columns, std::int64_t b, const Load& load,
                                        const Store& store) {
  __shared__ float room[turned_tile][turned_tile + 1];
  const int lane = static_cast<int>(threadIdx.x) % turned_tile, line = static_cast<int>(threadIdx.x) / turned_tile;
  const std::int64_t across = (columns + turned_tile - 1) / turned_tile;
  const std::int64_t row = b / across * turned_tile, column = b % across * turned_tile;
  for (int r = line; r < turned_tile; r += turned_tile_rows)
    if (row + r < rows && column + lane < columns) room[r][lane] = load((row + r) * columns + column + lane);
  __syncthreads();
  for (int c = line; c < turned_tile; c += turned_tile_rows)
    if (column + c < columns && row + lane < rows) store((column + c) * rows + row + lane, room[lane][c]);
}

}  // namespace deepobs
