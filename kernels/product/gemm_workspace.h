#pragma once

#include <cstdint>

namespace deepobs {

/// What happens to C after all products are summed, in this order. Bias and gate may be null.
struct Epilogue {
  const float* bias = nullptr;  ///< [n], added to every row
  bool relu = false;            ///< max(c, 0); a NaN stays a NaN
  const float* gate =
      nullptr;  ///< laid out like C: c becomes 0 where gate <= 0. The gradient of a relu with output gate
};

/// C = A B in single precision, A [m, k], B [k, n], C [m, n]. Element (i, j) of A lies at a[i * a_row + j * a_column],
/// so a transposed operand is one with its strides exchanged. One stride of A and one of B should be 1: others work, at
/// the price of a slow copy. Nothing may overlap C.
struct Gemm {
  std::int64_t m = 0, n = 0, k = 0;
  const float* a = nullptr;
  std::int64_t a_row = 0, a_column = 1;
  const float* b = nullptr;
  std::int64_t b_row = 0, b_column = 1;
  float* c = nullptr;
  std::int64_t c_row = 0;   ///< row stride of C and gate; columns are contiguous
  bool accumulate = false;  ///< C += A B
  Epilogue epilogue = {};
};

/// The part of a product that one task computes: rows x columns of C, summed over `depth` terms from `term` on.
struct GemmBlock {
  std::int64_t row, rows, column, columns, term, depth;
};

/// How a product is cut into tasks: by its shape alone, so that the result has the same bits for any number of threads.
/// Blocks of rows and columns are independent. Slices of k give partial results, which are added in the order of the
/// slices; more than one only where C is too small to occupy several cores.
struct GemmCut {
  std::int64_t row_blocks = 1, column_blocks = 1, slices = 1;
  std::int64_t row_unit = 1;  ///< row blocks end at its multiples

  std::int64_t tasks() const { return row_blocks * column_blocks * slices; }
  std::int64_t slice_of(std::int64_t task) const { return task % slices; }
  void cut_rows_at(std::int64_t m, std::int64_t unit);  ///< sets row_unit, with no more blocks than units
  GemmBlock block(std::int64_t task, std::int64_t m, std::int64_t n, std::int64_t k) const;
};

/// Errors: none; extents >= 0.
GemmCut cut_gemm(std::int64_t m, std::int64_t n, std::int64_t k);

/// Floats of workspace that gemm() needs for this shape, on any instruction set: its partial results. Often 0.
std::int64_t gemm_workspace_floats(std::int64_t m, std::int64_t n, std::int64_t k);

}  // namespace deepobs
