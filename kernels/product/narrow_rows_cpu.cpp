#include <algorithm>
#include <utility>

#include "kernels/product/gemm_block.h"
#include "kernels/product/narrow_parts.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

constexpr int most_vectors = narrow / lanes + (narrow % lanes > 0);

/// Rows whose sums fit into the registers.
constexpr int rows_at_once(int vectors) { return std::min(few, (lanes == 16 ? 20 : 10) / vectors); }

/// Rows of C from `row` on, whole: Vectors vectors, of which the last has `last` lanes. Eight sums or more grow side by
/// side, because an addition waits for the one before it: where a tile has fewer, terms take turns.
template <int Rows, int Vectors>
void multiply(const Gemm& given, std::int64_t row, int last) {
  const Gemm p = given;  // a copy, which stores to C cannot change
  constexpr int tile = Rows * Vectors, turns = tile >= 8 ? 1 : tile >= 4 ? 2 : tile >= 2 ? 4 : 8;
  for (std::int64_t term = 0, depth; term < p.k; term += depth) {
    depth = even_chunk(p.k - term, turns * gemm_depth);
    // Addresses can express three rows from one pointer, as in multiply_tile().
    constexpr int pointers = (Rows + 2) / 3;
    const float* a[pointers];
    for (int i = 0; i < pointers; ++i) a[i] = p.a + (row + 3 * i) * p.a_row + term;
    const float* b = p.b + term * p.b_row;
    Vec sums[turns][Rows][Vectors] = {};
    const auto add = [&](Vec(&to)[Rows][Vectors], int k) __attribute__((always_inline)) {
      Vec right[Vectors];
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v)
        right[v] = v < Vectors - 1 ? load(b + v * lanes) : load_first(b + v * lanes, last);
#pragma GCC unroll 8
      for (int r = 0; r < Rows; ++r) {
        const Vec left = broadcast(a[r / 3][r % 3 * p.a_row + k]);
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v) to[r][v] = fma(left, right[v], to[r][v]);
      }
      b += p.b_row;
    };
    const auto advance = [&](int terms) __attribute__((always_inline)) {
#pragma GCC unroll 3
      for (int i = 0; i < pointers; ++i) {
        a[i] += terms;
        asm("" : "+r"(a[i]));
      }
    };
    std::int64_t k = depth;
    for (; k >= turns; k -= turns) {
#pragma GCC unroll 8
      for (int t = 0; t < turns; ++t) add(sums[t], t);
      advance(turns);
    }
    for (; k > 0; --k) {
      add(sums[0], 0);
      advance(1);
    }
#pragma GCC unroll 4
    for (int half = turns / 2; half > 0; half /= 2)
#pragma GCC unroll 4
      for (int t = 0; t < half; ++t)
#pragma GCC unroll 8
        for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
          for (int v = 0; v < Vectors; ++v) sums[t][r][v] += sums[t + half][r][v];
    Vec done[Rows][Vectors];  // a copy in memory, so that the sums need none
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v) done[r][v] = sums[0][r][v];
    for (int r = 0; r < Rows; ++r)
      for (int v = 0; v < Vectors; ++v)
        finish(p, row + r, v * lanes, done[r][v], v < Vectors - 1 ? lanes : last, term == 0, term + depth == p.k);
  }
}

using Kernel = void (*)(const Gemm&, std::int64_t row, int last);
struct Kernels {
  Kernel of[few];
};
template <int Vectors, int... Rows>
constexpr Kernels for_rows(std::integer_sequence<int, Rows...>) {
  return {{multiply<Rows + 1, Vectors>...}};
}
struct AllKernels {
  Kernels of[most_vectors];
};
template <int... Vectors>
constexpr AllKernels for_vectors(std::integer_sequence<int, Vectors...>) {
  return {{for_rows<Vectors + 1>(std::make_integer_sequence<int, rows_at_once(Vectors + 1)>{})...}};
}
constexpr AllKernels kernels = for_vectors(std::make_integer_sequence<int, most_vectors>{});

}  // namespace

void multiply_few_rows(const Gemm& p) {
  const int vectors = static_cast<int>((p.n + lanes - 1) / lanes), last = static_cast<int>(p.n) - (vectors - 1) * lanes;
  const std::int64_t groups = blocks(p.m, rows_at_once(vectors));
  for (std::int64_t g = 0; g < groups; ++g) {
    const std::int64_t row = block_begin(p.m, groups, g), rows = block_begin(p.m, groups, g + 1) - row;
    kernels.of[vectors - 1].of[rows - 1](p, row, last);
  }
}

}  // namespace deepobs::DEEPOBS_ISA
