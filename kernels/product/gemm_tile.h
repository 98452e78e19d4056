#pragma once

#include <cstdint>

#include "kernels/cpu/simd.h"

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

/// Some terms of a product that lie evenly in both operands.
struct Segment {
  std::int64_t a = 0;      ///< where they begin in A, in floats from its data
  std::int64_t b = 0;      ///< where they begin in B, in terms from its data
  std::int64_t depth = 0;  ///< how many
};

/// Some rows of A, as segments of terms: term k of a segment is data[segment.a + r * stride + k] in row r, or
/// data[segment.a + k * stride + r] if k_major. A matrix is one segment. Windows in an image are several, one for each
/// row of the window (or of the image); terms of B between them meet zeros and are left out.
struct LeftPanel {
  const float* data;
  std::int64_t stride;
  bool k_major;
  const Segment* segments;
  std::int64_t count;
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
  float* const* c;                     ///< the tile's rows, each at its first column
  bool add_to_c;                       ///< C += A B; else C = A B, and C is not read
  const float* bias;                   ///< added to every row, at the first column; or null
  bool relu;                           ///< after the bias
  const float* const* gate;            ///< rows like c: zeros where the gate is <= 0, after all else; or null
  Ahead ahead = {};                    ///< what to fetch meanwhile
  const float* const* home = nullptr;  ///< rows to fetch instead of c's, where c's content will be taken on to; or null
  int home_rows = 0;
};

/// One tile: A B summed over k in order, then what the tile asks for on top.
///   rows     1 <= rows <= tile_rows
///   columns  1 <= columns <= tile_columns; no other column of C, bias or gate is touched
void multiply_tile(int rows, int columns, const Tile& tile);

}  // namespace deepobs::DEEPOBS_ISA
