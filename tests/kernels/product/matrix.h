#pragma once

#include <algorithm>
#include <vector>

#include "tests/kernels/ops/dense/dense_kernels.h"

namespace deepobs::testing {

/// How an operand lies in memory.
enum class Lie { rows, columns, spread };

struct Matrix {
  std::int64_t rows, columns;
  std::int64_t row, column;
  std::vector<float> values;

  Matrix(std::int64_t r, std::int64_t c, Lie lie, Filling filling, unsigned seed)
      : rows(r),
        columns(c),
        row(lie == Lie::rows      ? c
            : lie == Lie::columns ? 1
                                  : 2 * c + 3),
        column(lie == Lie::rows      ? 1
               : lie == Lie::columns ? r
                                     : 2),
        values(filled(r * c == 0 ? 0 : (r - 1) * row + (c - 1) * column + 1, filling, seed)) {}
  float at(std::int64_t i, std::int64_t j) const { return values[static_cast<std::size_t>(i * row + j * column)]; }
};

inline Gemm product_of(const Matrix& a, const Matrix& b, float* c) {
  return {.m = a.rows,
          .n = b.columns,
          .k = a.columns,
          .a = a.values.data(),
          .a_row = a.row,
          .a_column = a.column,
          .b = b.values.data(),
          .b_row = b.row,
          .b_column = b.column,
          .c = c,
          .c_row = b.columns};
}

inline Sum exact(const Matrix& a, const Matrix& b, std::int64_t i, std::int64_t j) {
  Sum sum;
  for (std::int64_t k = 0; k < a.columns; ++k) sum.add(a.at(i, k), b.at(k, j));
  return sum;
}

/// What a product does besides: it adds to C, then comes the bias of a column, the relu and the gate. Null: it does not.
struct Steps {
  const Matrix* before = nullptr;
  const std::vector<float>* bias = nullptr;
  bool relu = false;
  const Matrix* gate = nullptr;
};

/// How many elements of a product of whole numbers are not exactly what they must be.
inline std::int64_t wrong_elements(const Matrix& a, const Matrix& b, const Steps& steps, const Guarded& c) {
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < a.rows; ++i)
    for (std::int64_t j = 0; j < b.columns; ++j) {
      double sum = exact(a, b, i, j).value;
      if (steps.before) sum += steps.before->at(i, j);
      if (steps.bias) sum += (*steps.bias)[static_cast<std::size_t>(j)];
      if (steps.relu) sum = std::max(sum, 0.);
      if (steps.gate && steps.gate->at(i, j) <= 0.f) sum = 0.;
      wrong += c[i * b.columns + j] != static_cast<float>(sum);
    }
  return wrong;
}

inline double worst_error(const Matrix& a, const Matrix& b, const Guarded& c) {
  double worst = 0.;
  for (std::int64_t i = 0; i < a.rows; ++i)
    for (std::int64_t j = 0; j < b.columns; ++j)
      worst = std::max(worst, error_of(c[i * b.columns + j], exact(a, b, i, j)));
  return worst;
}

}  // namespace deepobs::testing
