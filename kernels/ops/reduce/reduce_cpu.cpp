#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/sums.h"
#include "kernels/ops/reduce/reduce_attributes.h"

namespace deepobs::DEEPOBS_ISA {

void sum(const Call& call) {
  const float* x = call.in[0].f32();
  double* partial = call.out[1].f64();
  const std::int64_t count = call.in[0].elements();
  const std::int64_t blocks = sum_blocks(count);
  for_each_row(call, blocks, sum_block, [=](std::int64_t b) {
    const std::int64_t begin = b * sum_block;
    const std::int64_t end = begin + sum_block < count ? begin + sum_block : count;
    partial[b] = sum_terms(begin, end, [=](std::int64_t i) { return x[i]; });
  });
  const double total = sum_terms(0, blocks, [=](std::int64_t b) { return partial[b]; });
  call.out[0].f32()[0] = static_cast<float>(total / call.as<SumDivisor>().divisor);
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

void spread_over_rows(const Call& call) {
  const float* dy = call.in[0].f32();
  float* dx = call.out[0].f32();
  const std::int64_t rows = call.in[0].elements();
  const std::int64_t width = rows > 0 ? call.out[0].elements() / rows : 0;
  for_each_row(call, rows, width, [=](std::int64_t r) {
    for (std::int64_t i = r * width; i < (r + 1) * width; ++i) dx[i] = dy[r];
  });
}

void spread_over_columns(const Call& call) {
  const float* dy = call.in[0].f32();
  float* dx = call.out[0].f32();
  const std::int64_t columns = call.in[0].elements();
  const std::int64_t rows = columns > 0 ? call.out[0].elements() / columns : 0;
  for_each_row(call, rows, columns, [=](std::int64_t r) {
    for (std::int64_t c = 0; c < columns; ++c) dx[r * columns + c] = dy[c];
  });
}

}  // namespace deepobs::DEEPOBS_ISA
