#include "kernels/cpu/cpu_body.h"
#include "kernels/product/gemm_block.h"
#include "kernels/update/gradient_update.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

/// Rows of the gradient in the worker's memory, from where the rule takes them panel by panel.
struct ConsumedRows {
  const GemmBlock& block;
  const UpdateTarget& target;
  std::int64_t stride;
  float* gradient;
  bool whole;  ///< keep all rows of the block: its terms come in several chunks. Else each panel takes the same place

  float* row_of(std::int64_t row, int r) const {
    return gradient + ((whole ? row - block.row : 0) + r) * block.columns;
  }
  /// The product adds the block's first column to these addresses and to home()'s.
  void locate(std::int64_t row, int rows, float** c_rows, const float**) const {
    for (int r = 0; r < rows; ++r) c_rows[r] = row_of(row, r) - block.column;
  }
  static constexpr int most_home_rows = tile_rows * (1 + static_cast<int>(RangeUpdate::most_slots));
  int home(std::int64_t row, int rows, const float** where) const {
    int count = 0;
    for (std::size_t s = 0; s < target.streams(); ++s)
      for (int r = 0; r < rows; ++r) where[count++] = target.stream(s) + (row + r) * stride;
    return count;
  }
  void finished(std::int64_t row, int rows) const {
    for (int r = 0; r < rows; ++r) target.update((row + r) * stride + block.column, block.columns, row_of(row, r));
  }
};

}  // namespace

void linear_weight_update(const Call& call) {  // w by dw = x^T dz, which is written nowhere
  const View &x = call.in[0], &dz = call.in[1];
  const std::int64_t m = x.shape[1], n = dz.shape[1], k = x.shape[0];
  const UpdateTarget target(call, 2, Isa::DEEPOBS_ISA);
  const GemmCut cut = cut_gemm(m, n, k);  // in one slice: others keep their gradient (gradient_update.cpp)
  // By columns first, as the forward pass is cut: a worker updates the weights that it will read.
  const auto block_of = [&](std::int64_t task) {
    return cut.block(task % cut.row_blocks * cut.column_blocks + task / cut.row_blocks, m, n, k);
  };
  call.executor->run(cut.tasks(), [&](std::int64_t task, Worker& worker) {
    const GemmBlock block = block_of(task), next = block_of(std::min(task + 1, cut.tasks() - 1));
    float* const gradient = worker.scratch + gemm_depth * round_up(block.columns, 64) + left_stride * tile_rows;
    const StridedRight right(dz.f32(), n, 1, task + 1 < cut.tasks() ? &next : nullptr);
    const ConsumedRows rows{block, target, n, gradient, k > gemm_depth};
    multiply_block(block, StridedLeft(x.f32(), 1, m), right, rows, false, {}, worker);
  });
}

}  // namespace deepobs::DEEPOBS_ISA
