#pragma once

#include <cstdint>

#include "kernels/simd.h"

namespace deepobs::DEEPOBS_ISA {

// The tile of C that one call keeps in registers: tile_rows x tile_vectors accumulators, tile_vectors of B and one
// broadcast element of A just fit.
#if defined(__AVX512F__)
constexpr int tile_rows = 14, tile_vectors = 2;  // 28 + 2 + 1 of 32 registers
#elif defined(__AVX2__)
constexpr int tile_rows = 6, tile_vectors = 2;  // 12 + 2 + 1 of 16
#else
constexpr int tile_rows = 4, tile_vectors = 2;  // 8 + 2 + 1 and a product, of 16: no fused multiply-add
#endif
constexpr int tile_columns = tile_vectors * lanes;

/// Some rows of A, as a number of segments of `depth` terms each: term k of a segment is data[r * stride + k] in row r,
/// or data[k * stride + r] if k_major, and the next segment begins segment_stride floats behind. A matrix is one
/// segment. The rows of a window in an image are several: each row of the window is one.
struct LeftPanel {
  const float* data;
  std::int64_t stride;
  bool k_major;
  std::int64_t depth;
  std::int64_t segments = 1, segment_stride = 0;
  std::int64_t skipped = 0;  ///< terms of B before the first segment; A is 0 there, and behind the last segment
};

/// tile_columns columns of B: element (k, j) is data[k * stride + j]. Whole vectors of it are read.
struct RightPanel {
  const float* data;
  std::int64_t stride;
};

/// Memory that will be needed soon: while a tile is computed, one cache line is fetched for every two terms, each
/// `stride` floats behind the last. Null: nothing.
struct Ahead {
  const float* data = nullptr;
  std::int64_t stride = 0;
};

struct Tile {
  LeftPanel a;
  RightPanel b;
  float* const* c;           ///< the tile's rows, each at its first column
  bool add_to_c;             ///< C += A B; else C = A B, and C is not read
  const float* bias;         ///< added to every row, at the first column; or null
  bool relu;                 ///< after the bias
  const float* const* gate;  ///< rows like c: zeros where the gate is <= 0, after all else; or null
  Ahead ahead = {};          ///< what to fetch meanwhile
};

/// One tile: A B summed over k in order, then what the tile asks for on top.
///   rows     1 <= rows <= tile_rows
///   columns  1 <= columns <= tile_columns; no other column of C, bias or gate is touched
void multiply_tile(int rows, int columns, const Tile& tile);

}  // namespace deepobs::DEEPOBS_ISA
