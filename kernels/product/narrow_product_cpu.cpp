#include <algorithm>

#include "kernels/cpu/blocks.h"
#include "kernels/product/gemm_tile.h"
#include "kernels/product/narrow_parts.h"
#include "kernels/product/narrow_product.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

/// How many tasks are worth their start: of some 10 us each. A core does 2^16 products in a microsecond, and brings a
/// float from far away in the time of eight.
std::int64_t task_count(const Gemm& p, std::int64_t units) {
  const std::int64_t work = p.m * p.n * p.k + 8 * (p.m * p.k + p.k * p.n + p.m * p.n);
  return std::clamp(work >> 20, std::int64_t{1}, std::min<std::int64_t>(units, 16));
}

/// part(stretch, worker) for all of [0, extent), in tasks that end at multiples of `unit`.
template <class Part>
bool in_tasks(Executor& executor, const Gemm& p, std::int64_t extent, std::int64_t unit, Part part) {
  const std::int64_t tasks = task_count(p, blocks(extent, unit));
  executor.run(tasks, [&](std::int64_t task, Worker& worker) {
    part(Stretch{block_begin(extent, tasks, task, unit), block_begin(extent, tasks, task + 1, unit)}, worker);
  });
  return true;
}

}  // namespace

bool narrow_product(Executor& executor, const Gemm& p) {
  if (p.k == 0 || cut_gemm(p.m, p.n, p.k).slices > 1) return false;
  const auto dots = [&](Stretch columns, Worker&) { multiply_dots(p, columns); };
  const auto few_terms = [&](Stretch rows, Worker&) { multiply_few_terms(p, rows); };
  const auto few_rows = [&](Stretch, Worker&) { multiply_few_rows(p); };
  const auto transposed_dots = [&](Stretch rows, Worker& worker) { multiply_transposed_dots(p, rows, worker); };
  const auto transposed = [&](Stretch rows, Worker& worker) { multiply_transposed(p, rows, worker); };

  // The bounds are those from which on each way was faster than the general product, measured with AVX-512 and AVX2.
  // Columns of B are contiguous (it is a transposed matrix), and few rows would not pay for packing them.
  if (p.b_row == 1 && p.b_column != 1)
    return p.a_column == 1 && p.m <= few && p.k >= 64 && in_tasks(executor, p, p.n, lanes, dots);
  if (p.b_column != 1) return false;
  // An outer product or a little more: C is the largest matrix, and written in its order.
  if (p.k <= (p.n <= narrow ? few / 2 : few) && bare(p)) return in_tasks(executor, p, p.m, 1, few_terms);
  if (p.n > narrow) return false;
  if (p.a_column == 1 && p.m <= few) return in_tasks(executor, p, 1, 1, few_rows);
  // The last layer of a classifier, and its weights' gradient: part of the lanes would be empty all the time.
  if (p.a_column == 1 && p.k >= 128) return in_tasks(executor, p, p.m, 4, transposed_dots);
  if (p.a_row == 1) return in_tasks(executor, p, p.m, tile_columns, transposed);
  return false;
}

}  // namespace deepobs::DEEPOBS_ISA
