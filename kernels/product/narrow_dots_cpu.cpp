#include <algorithm>
#include <utility>

#include "kernels/product/gemm_block.h"
#include "kernels/product/narrow_parts.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int registers = 32, most_columns = 14;
#elif defined(__AVX2__)
constexpr int registers = 16, most_columns = 6;
#else
constexpr int registers = 15, most_columns = 4;  // one holds products: no fused multiply-add
#endif

/// Rows that share a vector of B: sums, a vector of each row and one of B must fit.
constexpr int rows_at_once(int columns) { return 4 * columns + 5 <= registers ? 4 : 2; }

/// Terms that are added up before they go to C. No lane may add more than gemm_depth of them on any instruction set,
/// and a packed part of B must leave the first cache some room for A.
std::int64_t chunk_of_dots(std::int64_t rest, std::int64_t columns) {
  constexpr std::int64_t most_terms = 4 * gemm_depth, most_floats = 8192;
  return std::min(rest, round_up(even_chunk(rest, std::min(most_terms, most_floats / columns / lanes * lanes)), lanes));
}

/// Columns of B and some of their terms, which are contiguous: vector v of column c is at data + v * step + c * stride.
/// Packed columns are `lanes` floats apart, and whole vectors.
struct DotColumns {
  const float* data;
  std::int64_t step, stride;
  std::int64_t first;        ///< the first column
  std::int64_t term, depth;  ///< the part of the terms
};

/// How far apart the two lanes lie that a step of fold() adds.
constexpr int apart(int step) { return step <= 2 ? 2 : step == 3 && lanes == 16 ? 8 : 4; }

/// Which is the first of those that become `lane`.
constexpr int low(int step, int lane) {
  const int in_quad = lane % 4, quad = lane / 4;
  return step == 1     ? 4 * quad + in_quad / 2 + in_quad % 2 * lanes
         : step == 2   ? 4 * quad + in_quad % 2 + in_quad / 2 * lanes
         : lanes == 16 ? quad % 2 * (12 - apart(step)) + in_quad + quad / 2 * lanes
                       : in_quad + quad * lanes;
}

/// Adds pairs of lanes that lie `apart`, in steps 1, 2, ... until one lane is left of each vector: one half of the
/// result comes from `a`, the other from `b`. The patterns are those that shuffles do without a table of lanes, first
/// within quarters of four lanes, then with whole quarters, and put lane i at the end where vector i was.
template <int Step, int... lane>
[[gnu::always_inline]] inline Vec fold(Vec a, Vec b, std::integer_sequence<int, lane...>) {
  return __builtin_shufflevector(a, b, low(Step, lane)...) +
         __builtin_shufflevector(a, b, (low(Step, lane) + apart(Step))...);
}

/// Lane i of the result: the sum of all lanes of vector i, in a fixed order. Zeros behind the last vector.
template <int Step = 1, std::size_t Count>
[[gnu::always_inline]] inline Vec sum_lanes(const Vec (&v)[Count]) {
  constexpr int half = (Count + 1) / 2;
  Vec folded[half];
#pragma GCC unroll 16
  for (int i = 0; i < half; ++i)
    folded[i] = fold<Step>(v[2 * i], 2 * i + 1 < static_cast<int>(Count) ? v[2 * i + 1] : Vec{},
                           std::make_integer_sequence<int, lanes>());
  if constexpr (1 << Step < lanes)
    return sum_lanes<Step + 1>(folded);
  else
    return folded[0];
}

/// A tile: some rows from `row` on, all columns of `right`.
template <bool Packed, int Rows, int Columns>
void multiply(const Gemm& p, std::int64_t row, const DotColumns& right) {
  const std::int64_t a_stride = p.a_row, b_step = right.step;
  const std::int64_t b_stride = Packed ? lanes : right.stride;  // a constant: else there are too few registers for it
  const float* a = p.a + row * a_stride + right.term;
  const float* b = right.data;
  Vec sums[Rows][Columns] = {};
  const auto add = [&](auto read) __attribute__((always_inline)) {
    Vec left[Rows];
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) left[r] = read(a + r * a_stride);
#pragma GCC unroll 16
    for (int c = 0; c < Columns; ++c) {
      Vec all = read(b + c * b_stride);
      // Without it the compiler loads the vector anew for each row: more than the two loads that a cycle has.
      if (Rows > 1) asm("" : "+v"(all));
#pragma GCC unroll 4
      for (int r = 0; r < Rows; ++r) sums[r][c] = fma(left[r], all, sums[r][c]);
    }
    a += lanes;
    b += b_step;
  };
  std::int64_t k = right.depth;
  for (; k >= lanes; k -= lanes) add([](const float* from) __attribute__((always_inline)) { return load(from); });
  if (k > 0)
    add([&](const float* from) __attribute__((always_inline)) { return load_first(from, static_cast<int>(k)); });
  Vec done[Rows];
#pragma GCC unroll 4
  for (int r = 0; r < Rows; ++r) done[r] = sum_lanes(sums[r]);
  for (int r = 0; r < Rows; ++r)
    finish(p, row + r, right.first, done[r], Columns, right.term == 0, right.term + right.depth == p.k);
}

template <bool Packed, int Columns>
void multiply_rows(const Gemm& given, Stretch rows, const DotColumns& right) {
  const Gemm p = given;  // a copy, which stores to C cannot change
  constexpr int most = rows_at_once(Columns);
  std::int64_t row = rows.begin;
  for (; row + most <= rows.end; row += most) multiply<Packed, most, Columns>(p, row, right);
  for (; row < rows.end; ++row) multiply<Packed, 1, Columns>(p, row, right);
}

using Kernel = void (*)(const Gemm&, Stretch rows, const DotColumns&);
struct Kernels {
  Kernel of[most_columns];
};
template <bool Packed, int... Columns>
constexpr Kernels kernels_for(std::integer_sequence<int, Columns...>) {
  return {{multiply_rows<Packed, Columns + 1>...}};
}
constexpr auto all_columns = std::make_integer_sequence<int, most_columns>{};
constexpr Kernels in_place = kernels_for<false>(all_columns), packed = kernels_for<true>(all_columns);

/// Some terms of some columns of B, whose rows are contiguous, as the kernels read them when packed.
void pack_columns(const Gemm& p, std::int64_t column, std::int64_t count, std::int64_t term, std::int64_t depth,
                  float* to) {
  // Squares reach behind the last column, into the next rows; the last ones would reach behind the end of B.
  const std::int64_t readable = (p.k - 1) * p.b_row + p.n;
  for (std::int64_t k = 0; k < depth; k += lanes, to += count * lanes) {
    const int deep = static_cast<int>(std::min<std::int64_t>(depth - k, lanes));
    for (std::int64_t j = 0; j < count; j += 4) {
      const std::int64_t place = (term + k) * p.b_row + column + j;
      const float* from = p.b + place;
      std::int64_t stride = p.b_row;
      float square[4 * lanes];
      if (deep < lanes || place + (lanes - 1) * stride + 4 > readable) {
        for (int i = 0; i < lanes; ++i)
          for (int l = 0; l < 4; ++l) square[4 * i + l] = i < deep && j + l < count ? from[i * stride + l] : 0.f;
        from = square;
        stride = 4;
      }
      const Vec rows[4] = {load_quads(from, stride), load_quads(from + stride, stride),
                           load_quads(from + 2 * stride, stride), load_quads(from + 3 * stride, stride)};
      Vec columns[4];
      transpose_quads(rows, columns);
      for (int l = 0; l < 4 && j + l < count; ++l) store(to + (j + l) * lanes, columns[l]);
    }
  }
}

/// use(first, count, term, depth): a group of columns, some of their terms.
template <class Use>
void each_part(const Gemm& p, Stretch columns, Use use) {
  const std::int64_t all = columns.end - columns.begin, groups = blocks(all, most_columns);
  for (std::int64_t g = 0; g < groups; ++g) {
    const std::int64_t first = columns.begin + block_begin(all, groups, g);
    const std::int64_t count = columns.begin + block_begin(all, groups, g + 1) - first;
    for (std::int64_t term = 0, depth; term < p.k; term += depth) {
      depth = chunk_of_dots(p.k - term, count);
      use(first, count, term, depth);
    }
  }
}

}  // namespace

void multiply_dots(const Gemm& p, Stretch columns) {
  each_part(p, columns, [&](std::int64_t first, std::int64_t count, std::int64_t term, std::int64_t depth) {
    const float* data = p.b + first * p.b_column + term;
    in_place.of[count - 1](p, {0, p.m}, {data, lanes, p.b_column, first, term, depth});
  });
}

void multiply_transposed_dots(const Gemm& p, Stretch rows, Worker& worker) {
  each_part(p, {0, p.n}, [&](std::int64_t first, std::int64_t count, std::int64_t term, std::int64_t depth) {
    pack_columns(p, first, count, term, depth, worker.scratch);
    packed.of[count - 1](p, rows, {worker.scratch, count * lanes, lanes, first, term, depth});
  });
}

}  // namespace deepobs::DEEPOBS_ISA
