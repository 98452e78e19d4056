#include <utility>

#include "kernels/product/gemm_tile.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

/// The accumulators of a tile, and the steps that end its work. `last` lanes of the last vector are inside C.
template <int Rows, int Vectors, bool Whole>
struct Sums {
  Vec (&sums)[Rows][Vectors];
  int last;

  [[gnu::always_inline]] Vec read(const float* from, int v) const {
    return Whole || v < Vectors - 1 ? load(from + v * lanes) : load_first(from + v * lanes, last);
  }

  /// One pass over all accumulators per step asked for: far less code than all steps for each accumulator.
  [[gnu::always_inline]] void finish(const Tile& tile) {
    if (tile.add_to_c) each([&](Vec& sum, int r, int v) { sum += read(tile.c[r], v); });
    if (tile.bias) each([&](Vec& sum, int, int v) { sum += read(tile.bias, v); });
    if (tile.relu) each([&](Vec& sum, int, int) { sum = relu(sum); });
    if (tile.gate) each([&](Vec& sum, int r, int v) { sum = zero_unless_positive(sum, read(tile.gate[r], v)); });
    each([&](Vec& sum, int r, int v) {
      if (Whole || v < Vectors - 1)
        store(tile.c[r] + v * lanes, sum);
      else
        store_first(tile.c[r] + v * lanes, sum, last);
    });
  }

 private:
  template <class F>
  [[gnu::always_inline]] void each(F f) {
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) f(sums[r][v], r, v);
    }
  }
};

/// The loop that all time goes into. Vectors = those that the columns need.
template <int Rows, int Vectors, bool KMajor>
void multiply(int columns, const Tile& tile) {
  Vec sums[Rows][Vectors] = {};
  const float* ahead = tile.ahead.data ? tile.ahead.data : tile.b.data;
  const std::int64_t stride = tile.a.stride, b_stride = tile.b.stride, ahead_stride = tile.ahead.stride;
  // What will be needed is fetched into L2 a little at a time, because the core has few lines under way at once: first
  // the rows of C, which are far away when C is large, then what lies ahead.
  const float* const* far_rows = tile.home ? tile.home : tile.c;
  const int far_count = tile.home ? tile.home_rows : Rows;
  int rows_fetched = 0;
  const auto fetch = [&]() __attribute__((always_inline)) {
    if (rows_fetched < far_count) {
      for (int v = 0; v < Vectors; ++v) __builtin_prefetch(far_rows[rows_fetched] + v * lanes, 0, 2);
      ++rows_fetched;
    } else {
      __builtin_prefetch(ahead, 0, 2);
      ahead += ahead_stride;
    }
  };
  for (std::int64_t s = 0; s < tile.a.count; ++s) {
    const Segment& segment = tile.a.segments[s];
    const float* b = tile.b.data + segment.b * b_stride;
    // Every third row has a pointer; the two rows behind it are at once and twice the stride, which addresses can
    // express. Without the asm the compiler makes all offsets from one pointer, runs out of registers and reloads them.
    constexpr int pointers = KMajor ? 1 : (Rows + 2) / 3;
    const float* a[pointers];
    for (int p = 0; p < pointers; ++p) a[p] = tile.a.data + segment.a + 3 * p * stride;
    const auto term = [&](int k) __attribute__((always_inline)) {
      Vec right[Vectors];
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) right[v] = load(b + v * lanes);
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r) {
        const float* left = KMajor ? a[0] + r + k * stride : a[r / 3] + r % 3 * stride + k;
        // A broadcast folded into each multiplication saves an instruction of three, but reads twice: for every third
        // row it evens out what the front end and the load ports have to do (measured: +5 % over none or all). With one
        // vector it just saves.
        if (folds_broadcast && (Vectors == 1 || r % 3 == 0)) {
          for (int v = 0; v < Vectors; ++v) sums[r][v] = fma_broadcast(left, right[v], sums[r][v]);
        } else {
          const Vec all = broadcast(*left);
#pragma GCC unroll 2
          for (int v = 0; v < Vectors; ++v) sums[r][v] = fma(all, right[v], sums[r][v]);
        }
      }
      b += b_stride;
    };
    const auto advance = [&](int terms) __attribute__((always_inline)) {
#pragma GCC unroll 5
      for (int p = 0; p < pointers; ++p) {
        a[p] += KMajor ? terms * stride : terms;
        asm("" : "+r"(a[p]));
      }
      fetch();
    };
    std::int64_t k = segment.depth;
    for (; k > 1; k -= 2) {
      term(0);
      term(1);
      advance(2);
    }
    if (k > 0) {
      term(0);
      advance(1);
    }
  }
  const int last = columns - (Vectors - 1) * lanes;
  // Masked access costs AVX-512 nothing. Elsewhere it is slow, and whole vectors get code of their own.
  if (lanes < 16 && last == lanes)
    Sums<Rows, Vectors, true>{sums, last}.finish(tile);
  else
    Sums<Rows, Vectors, false>{sums, last}.finish(tile);
}

using Kernel = void (*)(int columns, const Tile&);

/// One kernel for each number of rows: an edge costs what it computes, and rows behind the edge are never read.
struct Kernels {
  Kernel of[tile_rows];
};

template <int Vectors, bool KMajor, int... Rows>
constexpr Kernels kernels_for(std::integer_sequence<int, Rows...>) {
  return {{multiply<Rows + 1, Vectors, KMajor>...}};
}

constexpr auto all_rows = std::make_integer_sequence<int, tile_rows>{};
constexpr Kernels kernels[2][tile_vectors] = {{kernels_for<1, false>(all_rows), kernels_for<2, false>(all_rows)},
                                              {kernels_for<1, true>(all_rows), kernels_for<2, true>(all_rows)}};

}  // namespace

void multiply_tile(int rows, int columns, const Tile& tile) {
  kernels[tile.a.k_major][columns > lanes].of[rows - 1](columns, tile);
}

}  // namespace deepobs::DEEPOBS_ISA
