#include "kernels/gemm.h"
#include "kernels/gemm_block.h"
#include "kernels/narrow_product.h"
#include "kernels/partial_sums.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

/// A as a strided matrix, read where it lies if it can be.
class StridedLeft {
 public:
  StridedLeft(const float* data, std::int64_t row, std::int64_t column) : data_(data), row_(row), column_(column) {}

  std::int64_t chunk_depth(const GemmBlock& block, std::int64_t term) const {
    return even_chunk(block.depth - term, gemm_depth);
  }
  std::int64_t panel_unit(const GemmBlock& block) const { return block.rows; }
  RowRange covered(std::int64_t rows) const { return {0, rows}; }

  void begin(const GemmBlock& block, const Chunk& chunk) {
    part_ = data_ + block.row * row_ + chunk.term * column_;
    terms_ = {0, 0, chunk.depth};
    memory_ = chunk.left;
  }

  LeftPanel panel(std::int64_t row, int rows) const {
    const float* from = part_ + row * row_;
    // Rows half a page apart fall into the same few sets of the L1 cache and would push each other out.
    const bool collide = row_ % 512 == 0 && rows > 1;
    if (column_ == 1 && !collide) return {from, row_, false, &terms_, 1};
    if (row_ == 1) return {from, column_, true, &terms_, 1};
    pack_left(from, row_, column_, rows, terms_.depth, memory_, left_stride);
    return {memory_, left_stride, false, &terms_, 1};
  }

 private:
  const float* data_;
  std::int64_t row_, column_;
  const float* part_ = nullptr;
  Segment terms_;
  float* memory_ = nullptr;
};

}  // namespace

void gemm(Executor& executor, const Gemm& product, float* workspace) {
  const std::int64_t m = product.m, n = product.n, k = product.k;
  if (m == 0 || n == 0 || narrow_product(executor, product)) return;
  const GemmCut cut = cut_gemm(m, n, k);
  const bool sliced = cut.slices > 1;
  const DenseRows c{product.c, product.epilogue.gate, product.c_row};
  executor.run(cut.tasks(), [&](std::int64_t task, Worker& worker) {
    const GemmBlock block = cut.block(task, m, n, k);
    const StridedLeft left(product.a, product.a_row, product.a_column);
    const GemmBlock next = cut.block(std::min(task + 1, cut.tasks() - 1), m, n, k);
    const StridedRight right(product.b, product.b_row, product.b_column, task + 1 < cut.tasks() ? &next : nullptr);
    if (sliced)
      multiply_block(block, left, right, DenseRows{workspace + cut.slice_of(task) * m * n, nullptr, n}, false, {},
                     worker);
    else
      multiply_block(block, left, right, c, product.accumulate, product.epilogue, worker);
  });
  if (sliced) add_slices(executor, workspace, cut.slices, m, n, c, product.accumulate, product.epilogue);
}

}  // namespace deepobs::DEEPOBS_ISA
