#pragma once

#include <cstdint>
#include <utility>

#include "kernels/convolution/winograd/winograd_matrices.h"
#include "kernels/cpu/simd.h"

namespace deepobs::DEEPOBS_ISA {

// The transforms of tiles, a vector of channels at a time: a small matrix from both sides, its numbers known to the
// compiler. Rows of opposite points have the same even and the same odd part, P = E + O and P' = E - O, so a pair costs
// little more than one. Internal linkage: see cpu_body.h.

/// B, A and G of F(outputs x outputs, taps x taps), as types.
template <class M>
struct PixelMatrix {
  static constexpr auto matrix = M::b();
};
template <class M>
struct GradientMatrix {
  static constexpr auto matrix = M::a();
};
template <class M>
struct WeightMatrix {
  static constexpr auto matrix = M::g();
};

/// What a sum takes of a row: all its terms, or those that are alike, or opposite, in the row behind it.
enum class Terms { all, even, odd };

/// A matrix P (one of the above) of M, seen as rows or as columns that are sums of terms.
template <class M, template <class> class P>
struct Transform {
  static constexpr int size = M::size, window = P<M>::matrix.columns, pairs = (size + 1) / 2;

  static constexpr float coefficient(int row, int column, Terms terms) {
    const double c = P<M>::matrix.at[row][column];
    if (terms != Terms::all && (P<M>::matrix.at[row + 1][column] == c) != (terms == Terms::even)) return 0.f;
    return static_cast<float>(c);
  }
  static constexpr bool paired(int row) { return M::paired(row / 2); }

  /// Of P^T: the factor of input `index`, where those of a pair are their sum and their difference.
  static constexpr float folded(int output, int index) {
    if (!paired(index)) return coefficient(index, output, Terms::all);
    return index % 2 == 0 ? coefficient(index, output, Terms::even) : coefficient(index - 1, output, Terms::odd);
  }
};

#define DEEPOBS_INLINE [[gnu::always_inline]] static inline

/// sum + factor * term, without operations that do nothing. The first term begins the sum.
template <bool begins>
DEEPOBS_INLINE Vec add_term(float factor, Vec term, Vec sum) {
  if (begins) return factor == 1.f ? term : factor == -1.f ? -term : term * factor;
  return factor == 1.f ? sum + term : factor == -1.f ? sum - term : fma(broadcast(factor), term, sum);
}

template <class T, int row, Terms terms, int column = 0, bool begins = true>
DEEPOBS_INLINE Vec row_sum(const Vec* in, Vec sum = Vec{}) {
  if constexpr (column == T::window) {
    return sum;
  } else {
    constexpr float factor = T::coefficient(row, column, terms);
    if constexpr (factor == 0.f)
      return row_sum<T, row, terms, column + 1, begins>(in, sum);
    else
      return row_sum<T, row, terms, column + 1, false>(in, add_term<begins>(factor, in[column], sum));
  }
}

template <class T, int output, int index = 0, bool begins = true>
DEEPOBS_INLINE Vec column_sum(const Vec* folded, Vec sum = Vec{}) {
  if constexpr (index == T::size) {
    return sum;
  } else {
    constexpr float factor = T::folded(output, index);
    if constexpr (factor == 0.f)
      return column_sum<T, output, index + 1, begins>(folded, sum);
    else
      return column_sum<T, output, index + 1, false>(folded, add_term<begins>(factor, folded[index], sum));
  }
}

/// Rows 2 pair and, if there is one, 2 pair + 1 of P in.
template <class T, int pair>
DEEPOBS_INLINE void expand_pair(const Vec* in, Vec* out) {
  constexpr int row = 2 * pair;
  if constexpr (T::paired(row)) {
    const Vec even = row_sum<T, row, Terms::even>(in), odd = row_sum<T, row, Terms::odd>(in);
    out[0] = even + odd;
    out[1] = even - odd;
  } else {
    out[0] = row_sum<T, row, Terms::all>(in);
    if constexpr (row + 1 < T::size) out[1] = row_sum<T, row + 1, Terms::all>(in);
  }
}

/// f(integral_constant 0), ..., f(integral_constant count - 1).
template <int count, class F>
DEEPOBS_INLINE void for_constants(F f) {
  [&]<int... i>(std::integer_sequence<int, i...>) __attribute__((always_inline)) {
    (f(std::integral_constant<int, i>{}), ...);
  }
  (std::make_integer_sequence<int, count>{});
}

/// out = P^T in.
template <class T>
DEEPOBS_INLINE void collapse_line(const Vec* in, Vec* out) {
  Vec folded[T::size];
  for_constants<T::size>([&](auto i) __attribute__((always_inline)) {
    if constexpr (!T::paired(i))
      folded[i] = in[i];
    else
      folded[i] = i % 2 == 0 ? in[i] + in[i + 1] : in[i - 1] - in[i];
  });
  for_constants<T::window>([&](auto j) __attribute__((always_inline)) { out[j] = column_sum<T, j>(folded); });
}

/// Rows 2 pair and 2 pair + 1 of P window P^T, for one vector of channels.
///   pixels     the window's first; the next in its row is `pixel` floats on, the next row `line`
///   to         the first of these positions; the next is `position` floats on
template <class T, int pair>
DEEPOBS_INLINE void expand_rows(const float* pixels, std::int64_t pixel, std::int64_t line, float* to,
                                std::int64_t position) {
  constexpr int rows = 2 * pair + 1 < T::size ? 2 : 1;
  Vec across[2][T::window];
  for_constants<T::window>([&](auto j) __attribute__((always_inline)) {
    Vec column[T::window], both[2];
    for_constants<T::window>([&](auto i)
                                 __attribute__((always_inline)) { column[i] = load(pixels + i * line + j * pixel); });
    expand_pair<T, pair>(column, both);
    across[0][j] = both[0];
    if (rows > 1) across[1][j] = both[1];
  });
  for (int r = 0; r < rows; ++r)
    for_constants<T::pairs>([&](auto p) __attribute__((always_inline)) {
      Vec both[2];
      expand_pair<T, p>(across[r], both);
      store(to + (r * T::size + 2 * p) * position, both[0]);
      if constexpr (2 * p + 1 < T::size) store(to + (r * T::size + 2 * p + 1) * position, both[1]);
    });
}

/// P^T (size x size positions) P, for one vector of channels.
///   load_at(position)            a vector
///   give(row, column, vector)    what comes of it
template <class T, class Load, class Give>
DEEPOBS_INLINE void collapse_tile(Load load_at, Give give) {
  Vec rows[T::window][T::size];
#pragma GCC unroll 1
  for (int i = 0; i < T::size; ++i) {
    Vec in[T::size], out[T::window];
    for_constants<T::size>([&](auto j) __attribute__((always_inline)) { in[j] = load_at(i * T::size + j); });
    collapse_line<T>(in, out);
    for_constants<T::window>([&](auto j) __attribute__((always_inline)) { rows[j][i] = out[j]; });
  }
#pragma GCC unroll 1
  for (int j = 0; j < T::window; ++j) {
    Vec out[T::window];
    collapse_line<T>(rows[j], out);
    for_constants<T::window>([&](auto i) __attribute__((always_inline)) { give(int{i}, j, out[i]); });
  }
}

#undef DEEPOBS_INLINE

}  // namespace deepobs::DEEPOBS_ISA
