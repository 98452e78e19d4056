#include "kernels/cpu/partial_sums.h"
#include "kernels/product/gemm.h"
#include "kernels/product/gemm_block.h"
#include "kernels/product/narrow_product.h"

namespace deepobs::DEEPOBS_ISA {
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
