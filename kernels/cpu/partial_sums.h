#pragma once

#include "engine/run/executor.h"
#include "kernels/product/gemm_block.h"

namespace deepobs::DEEPOBS_ISA {

/// Adds the partial results of a product's slices, in their order, and does what the product asks for on top.
///   partial   [slices, m, n]; at least one slice
///   out       the rows of C, as for multiply_block()
template <class Rows>
void add_slices(Executor& executor, const float* partial, std::int64_t slices, std::int64_t m, std::int64_t n,
                const Rows& out, bool add, const Epilogue& epilogue) {
  const std::int64_t tasks = blocks(m * n, 1 << 14) < m ? blocks(m * n, 1 << 14) : m;
  executor.run(tasks, [&](std::int64_t task, Worker&) {
    for (std::int64_t r = block_begin(m, tasks, task); r < block_begin(m, tasks, task + 1); ++r) {
      float* c = nullptr;
      const float* gate = nullptr;
      out.locate(r, 1, &c, epilogue.gate ? &gate : nullptr);
      for (std::int64_t j = 0; j < n; j += lanes) {
        const int count = n - j < lanes ? static_cast<int>(n - j) : lanes;
        Vec sum{};
        for (std::int64_t s = 0; s < slices; ++s) sum += load_first(partial + (s * m + r) * n + j, count);
        if (add) sum += load_first(c + j, count);
        if (epilogue.bias) sum += load_first(epilogue.bias + j, count);
        if (epilogue.relu) sum = relu(sum);
        if (gate) sum = zero_unless_positive(sum, load_first(gate + j, count));
        store_first(c + j, sum, count);
      }
    }
  });
}

}  // namespace deepobs::DEEPOBS_ISA
