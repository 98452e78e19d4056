#pragma once

namespace deepobs {

// The matrices of F(m, r), one row for each of size = m + r - 1 points. For a row x of `size` pixels and r taps w,
//   y[j] = sum over u of x[j + u] w[u],  j < m,  is  y = A^T ((G w) * (B x)),
// * element by element: polynomials are multiplied by their values at the points (Toom and Cook), and transposed. The
// same matrices serve the two gradients, because all three directions are one trilinear form:
//   dx = B^T ((G w) * (A dy)),  dw = G^T ((B x) * (A dy)).
//   rows      of a finite point a:  A = [a^j], G = [a^j] / N, B = the coefficients of the product of (t - b) over all
//             other finite points b, and N that product at t = a; of infinity: the last power alone, and all points
//   numerics  the errors grow with the entries, so the points are near 1 in size, and come with their negatives, which
//             spares operations: of the fractions tried they have the smallest error (docs/performance.md)
//   source    Lavin & Gray, 2016; Blahut, "Fast algorithms for signal processing", chapter 5; on points: Barabasz et
//             al., "Error analysis and improving the accuracy of Winograd convolution for deep neural networks", 2020

/// The finite points; infinity comes behind them. Pairs of opposite points first.
template <int size>
struct WinogradPoints;
template <>
struct WinogradPoints<5> {
  static constexpr double at[4] = {1. / 2, -1. / 2, 5. / 4, -5. / 4};
};
template <>
struct WinogradPoints<6> {
  static constexpr double at[5] = {5. / 8, -5. / 8, 3. / 2, -3. / 2, 0.};
};
template <>
struct WinogradPoints<7> {
  static constexpr double at[6] = {3. / 8, -3. / 8, 7. / 8, -7. / 8, 3. / 2, -3. / 2};
};

/// size x columns numbers; rows that belong to a pair of points differ in the sign of every second element.
template <int size, int columns_>
struct WinogradMatrix {
  static constexpr int rows = size, columns = columns_;
  double at[size][columns_] = {};
};

template <int outputs_, int taps_>
struct WinogradMatrices {
  static constexpr int outputs = outputs_, taps = taps_, size = outputs + taps - 1, finite = size - 1;
  using Points = WinogradPoints<size>;

  static constexpr bool paired(int pair) {
    return 2 * pair + 1 < finite && Points::at[2 * pair] == -Points::at[2 * pair + 1];
  }

  static constexpr double power(double a, int n) { return n == 0 ? 1. : a * power(a, n - 1); }

  template <int columns>
  static constexpr WinogradMatrix<size, columns> powers() {
    WinogradMatrix<size, columns> m;
    for (int i = 0; i < finite; ++i)
      for (int j = 0; j < columns; ++j) m.at[i][j] = power(Points::at[i], j);
    m.at[finite][columns - 1] = 1.;
    return m;
  }

  static constexpr WinogradMatrix<size, outputs> a() { return powers<outputs>(); }

  static constexpr WinogradMatrix<size, taps> g() {
    auto m = powers<taps>();
    for (int i = 0; i < finite; ++i) {
      double n = 1.;
      for (int k = 0; k < finite; ++k)
        if (k != i) n *= Points::at[i] - Points::at[k];
      for (int j = 0; j < taps; ++j) m.at[i][j] /= n;
    }
    return m;
  }

  static constexpr WinogradMatrix<size, size> b() {
    WinogradMatrix<size, size> m;
    for (int i = 0; i < size; ++i) {
      m.at[i][0] = 1.;
      for (int k = 0, degree = 0; k < finite; ++k) {
        if (k == i) continue;
        ++degree;
        for (int j = degree; j >= 0; --j)  // times (t - point)
          m.at[i][j] = (j > 0 ? m.at[i][j - 1] : 0.) - Points::at[k] * m.at[i][j];
      }
    }
    return m;
  }
};

}  // namespace deepobs
