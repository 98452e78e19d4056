#include <algorithm>

#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/sums.h"
#include "kernels/ops/reduce/reduce_attributes.h"
#include "kernels/ops/shape/along_axis.h"

namespace deepobs::DEEPOBS_ISA {

namespace {

/// The sum of term(i) over [0, count), with a partial sum for each block in the call's scratch output.
template <class Term>
double sum_in_blocks(const Call& call, std::int64_t count, Term term) {
  double* partial = call.out[1].f64();
  const std::int64_t blocks = sum_blocks(count);
  for_each_row(call, blocks, sum_block, [=](std::int64_t b) {
    const std::int64_t begin = b * sum_block;
    const std::int64_t end = begin + sum_block < count ? begin + sum_block : count;
    partial[b] = sum_terms(begin, end, term);
  });
  return sum_terms(0, blocks, [=](std::int64_t b) { return partial[b]; });
}

}  // namespace

void sum(const Call& call) {
  const float* x = call.in[0].f32();
  const double total = sum_in_blocks(call, call.in[0].elements(), [=](std::int64_t i) { return x[i]; });
  call.out[0].f32()[0] = static_cast<float>(total / call.as<SumDivisor>().divisor);
}

void dot(const Call& call) {
  const float *a = call.in[0].f32(), *b = call.in[1].f32();
  const auto term = [=](std::int64_t i) { return static_cast<double>(a[i]) * static_cast<double>(b[i]); };
  call.out[0].f32()[0] = static_cast<float>(sum_in_blocks(call, call.in[0].elements(), term));
}

void sum_rows(const Call& call) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  const std::int64_t rows = call.out[0].elements();
  const std::int64_t width = rows > 0 ? call.in[0].elements() / rows : 0;
  for_each_row(call, rows, width, [=](std::int64_t r) {
    y[r] = static_cast<float>(sum_terms(r * width, (r + 1) * width, [=](std::int64_t i) { return x[i]; }));
  });
}

void sum_columns(const Call& call) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  double* partial = call.out[1].f64();
  const std::int64_t columns = call.out[0].elements();
  const std::int64_t rows = columns > 0 ? call.in[0].elements() / columns : 0;
  const ColumnBlocks blocks = column_blocks(rows, columns);

  for_each_row(call, blocks.row_blocks * blocks.column_blocks, parallel_grain, [=](std::int64_t task) {
    const std::int64_t row_block = task / blocks.column_blocks;
    const std::int64_t first_column = task % blocks.column_blocks * blocks.columns_each;
    const std::int64_t left = columns - first_column;
    const std::int64_t width = left < blocks.columns_each ? left : blocks.columns_each;
    const std::int64_t begin = row_block * blocks.rows_each;
    const std::int64_t end = begin + blocks.rows_each < rows ? begin + blocks.rows_each : rows;
    double* sums = partial + row_block * columns + first_column;
    for (std::int64_t c = 0; c < width; ++c) sums[c] = 0.;
    std::int64_t r = begin;
    for (; r + 4 <= end;
         r += 4) {  // four rows at a time, in their order: a sum is loaded and stored a quarter as often
      const float *row0 = x + r * columns + first_column, *row1 = row0 + columns, *row2 = row1 + columns;
      const float* row3 = row2 + columns;
      DEEPOBS_INDEPENDENT
      for (std::int64_t c = 0; c < width; ++c)
        sums[c] =
            (((sums[c] + static_cast<double>(row0[c])) + static_cast<double>(row1[c])) + static_cast<double>(row2[c])) +
            static_cast<double>(row3[c]);
    }
    for (; r < end; ++r) {
      const float* row = x + r * columns + first_column;
      for (std::int64_t c = 0; c < width; ++c) sums[c] += static_cast<double>(row[c]);
    }
  });

  for_each_row(call, columns, blocks.row_blocks, [=](std::int64_t c) {
    double total = 0.;
    for (std::int64_t b = 0; b < blocks.row_blocks; ++b) total += partial[b * columns + c];
    y[c] = static_cast<float>(total);
  });
}

void spread_scalar(const Call& call) {
  const auto value = static_cast<float>(static_cast<double>(call.in[0].f32()[0]) / call.as<SumDivisor>().divisor);
  float* dx = call.out[0].f32();
  for_each_element(call, call.out[0].elements(), [=](std::int64_t i) { dx[i] = value; });
}

void sum_middle(const Call& call) {
  const auto& along = call.as<AlongAxis>();
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  constexpr std::int64_t most = 256;
  const std::int64_t inner = along.inner, extent = along.extent, blocks = (inner + most - 1) / most;
  for_each_row(call, along.outer * blocks, extent * std::min(inner, most), [=](std::int64_t task) {
    const std::int64_t first = task % blocks * most, width = std::min(inner - first, most);
    const float* slab = x + task / blocks * extent * inner + first;
    double sums[most] = {};
    for (std::int64_t e = 0; e < extent; ++e, slab += inner)
      for (std::int64_t i = 0; i < width; ++i) sums[i] += static_cast<double>(slab[i]);
    float* to = y + task / blocks * inner + first;
    for (std::int64_t i = 0; i < width; ++i) to[i] = static_cast<float>(sums[i]);
  });
}

void spread(const Call& call) {
  const auto& along = call.as<AlongAxis>();
  const float* y = call.in[0].f32();
  float* x = call.out[0].f32();
  const std::int64_t inner = along.inner, extent = along.extent;
  if (inner == 1)
    for_each_row(call, along.outer, extent, [=](std::int64_t r) { std::fill_n(x + r * extent, extent, y[r]); });
  else
    for_each_row(call, along.outer * extent, inner,
                 [=](std::int64_t r) { std::copy_n(y + r / extent * inner, inner, x + r * inner); });
}

}  // namespace deepobs::DEEPOBS_ISA
