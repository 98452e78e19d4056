#pragma once

#include <cmath>
#include <cstdint>

#include "engine/tensor/host_device.h"

namespace deepobs {

struct BatchNorm {
  double eps = 1e-5;  ///< keeps the deviation from 0
  bool relu = false;  ///< apply relu to the output, in the same pass
};

struct RunningStatistics {
  double momentum;
  double unbiased;  ///< M / (M - 1)
};

/// How a pass over [rows, columns] with sums of the columns is cut into tasks. Every block of rows leaves a row of
/// partial sums.
struct NormCut {
  static constexpr std::int64_t most_columns = 256, elements = 64 * 1024;
  std::int64_t rows, columns, columns_each, column_blocks, rows_each, row_blocks;

  NormCut(std::int64_t all_rows, std::int64_t all_columns) : rows(all_rows), columns(all_columns) {
    columns_each = columns < most_columns ? (columns > 0 ? columns : 1) : most_columns;
    column_blocks = (columns + columns_each - 1) / columns_each;
    rows_each = elements / columns_each;
    row_blocks = (rows + rows_each - 1) / rows_each;
  }
  std::int64_t tasks() const { return row_blocks * column_blocks; }

  /// Doubles of scratch memory: two rows of partial sums for each block of rows, and six rows of float32 factors.
  std::int64_t scratch_doubles() const { return (2 * row_blocks + 3) * columns; }
};

/// What normalises one channel: y = ((x - mean) - mean_rest) * factor + bias, where mean + mean_rest is the mean to 48
/// bits. The first difference is exact where it is small, so a mean far from 0 costs no digits.
struct NormFactors {
  float mean, mean_rest, factor, bias;
};

DEEPOBS_HOST_DEVICE static inline NormFactors norm_factors(double mean, double variance, double eps, float weight,
                                                           float bias) {
  const auto high = static_cast<float>(mean);
  return {high, static_cast<float>(mean - static_cast<double>(high)),
          static_cast<float>(static_cast<double>(weight) / std::sqrt(variance + eps)), bias};
}

/// What makes the gradient of one channel: dx = of_dz * dz + (of_x * ((x - mean) - mean_rest) + rest).
struct NormGradientFactors {
  float mean, mean_rest, of_dz, of_x, rest;
};

/// Statistics that are constants have no elements: their gradient ends at of_dz.
///   sum_dz, sum_dz_x  sums of dz and of dz * (x - mean) over the channel's elements
DEEPOBS_HOST_DEVICE static inline NormGradientFactors norm_gradient_factors(double mean, double variance, double eps,
                                                                            float weight, double sum_dz,
                                                                            double sum_dz_x, double elements) {
  const auto high = static_cast<float>(mean);
  const double inverse = 1. / std::sqrt(variance + eps), factor = static_cast<double>(weight) * inverse;
  const bool constant = elements == 0.;
  return {high, static_cast<float>(mean - static_cast<double>(high)), static_cast<float>(factor),
          constant ? 0.f : static_cast<float>(-factor * inverse * inverse * sum_dz_x / elements),
          constant ? 0.f : static_cast<float>(-factor * sum_dz / elements)};
}

}  // namespace deepobs
