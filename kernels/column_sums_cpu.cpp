#include "kernels/column_sums.h"
#include "kernels/partial_sums.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

constexpr std::int64_t chain = 128;  // rows added one to the other; sums of chains are added in a second chain
constexpr int width = 4;             // vectors side by side, so that the additions do not wait for each other

/// Sums of `Vectors` vectors of columns; `last` lanes of the last one are inside x.
template <int Vectors>
void sum_columns(const float* x, std::int64_t rows, std::int64_t stride, int last, float* out) {
  Vec total[Vectors] = {};
  for (std::int64_t r = 0; r < rows;) {
    Vec part[Vectors] = {};
    const std::int64_t end = rows - r < chain ? rows : r + chain;
    for (; r < end; ++r, x += stride) {
      for (int v = 0; v < Vectors - 1; ++v) part[v] += load(x + v * lanes);
      part[Vectors - 1] += load_first(x + (Vectors - 1) * lanes, last);
    }
    for (int v = 0; v < Vectors; ++v) total[v] += part[v];
  }
  for (int v = 0; v < Vectors - 1; ++v) store(out + v * lanes, total[v]);
  store_first(out + (Vectors - 1) * lanes, total[Vectors - 1], last);
}

void sum_slice(const float* x, std::int64_t rows, std::int64_t columns, float* out) {
  std::int64_t j = 0;
  for (; columns - j >= width * lanes; j += width * lanes) sum_columns<width>(x + j, rows, columns, lanes, out + j);
  for (; j < columns; j += lanes)
    sum_columns<1>(x + j, rows, columns, columns - j < lanes ? static_cast<int>(columns - j) : lanes, out + j);
}

}  // namespace

void column_sums(Executor& executor, const float* x, std::int64_t rows, std::int64_t columns, float* out,
                 float* workspace) {
  if (columns == 0) return;
  const std::int64_t slices = column_sums_slices(rows);
  executor.run(slices, [&](std::int64_t s, Worker&) {
    const std::int64_t begin = block_begin(rows, slices, s), end = block_begin(rows, slices, s + 1);
    sum_slice(x + begin * columns, end - begin, columns, slices > 1 ? workspace + s * columns : out);
  });
  if (slices > 1) add_slices(executor, workspace, slices, 1, columns, DenseRows{out, nullptr, columns}, false, {});
}

}  // namespace deepobs::DEEPOBS_ISA
