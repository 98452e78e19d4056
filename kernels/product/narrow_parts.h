#pragma once

#include <cstdint>

#include "engine/run/executor.h"
#include "kernels/cpu/simd.h"
#include "kernels/product/gemm_workspace.h"

// The ways to compute a narrow product; narrow_product_cpu.cpp says which is taken when.

namespace deepobs::DEEPOBS_ISA {

/// The limits of these functions: rows or terms that are few, columns that are narrow.
constexpr int few = 8, narrow = 24;

/// Rows or columns of C, the part of one task.
struct Stretch {
  std::int64_t begin, end;
};

/// Whether C is A B and nothing more.
constexpr bool bare(const Gemm& p) { return !p.accumulate && !p.epilogue.bias && !p.epilogue.relu && !p.epilogue.gate; }

/// Rows of C one after the other, as sums of multiples of B's rows. 0 < k <= few, b_column == 1, bare.
void multiply_few_terms(const Gemm& product, Stretch rows);

/// All of C in registers; B is read once, where it lies. m <= few, n <= narrow, k > 0, a_column == 1, b_column == 1.
void multiply_few_rows(const Gemm& product);

/// Columns of C as dot products: terms are contiguous in both operands, and vectors of them are multiplied. k > 0,
/// a_column == 1, b_row == 1.
void multiply_dots(const Gemm& product, Stretch columns);

/// Rows of C as dot products with a transposed copy of B. n <= narrow, k > 0, a_column == 1, b_column == 1.
void multiply_transposed_dots(const Gemm& product, Stretch rows, Worker& worker);

/// Rows of C with a transposed A: the tiles of the transposed product, in which A is the right operand and lies as it
/// should, are transposed when they are done. n <= narrow, k > 0, a_row == 1, b_column == 1.
void multiply_transposed(const Gemm& product, Stretch rows, Worker& worker);

/// Ends `count` sums of a row of C, from a column on. The first part of the terms adds to C if the product does, later
/// parts always; what the product asks for on top comes with the last.
[[gnu::always_inline]] static inline void finish(const Gemm& product, std::int64_t row, std::int64_t column, Vec sum,
                                                 int count, bool first, bool last) {
  const std::int64_t place = row * product.c_row + column;
  const Epilogue& epilogue = product.epilogue;
  if (!first || product.accumulate) sum += load_first(product.c + place, count);
  if (last) {
    if (epilogue.bias) sum += load_first(epilogue.bias + column, count);
    if (epilogue.relu) sum = relu(sum);
    if (epilogue.gate) sum = zero_unless_positive(sum, load_first(epilogue.gate + place, count));
  }
  store_first(product.c + place, sum, count);
}

}  // namespace deepobs::DEEPOBS_ISA
