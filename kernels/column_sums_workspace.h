#pragma once

#include <cstdint>

#include "kernels/blocks.h"

namespace deepobs {

/// Slices of rows that column_sums() adds apart: by the shape alone, at most 64 of at least 1024 rows each.
constexpr std::int64_t column_sums_slices(std::int64_t rows) {
  const std::int64_t slices = rows / 1024;
  return slices < 1 ? 1 : slices > 64 ? 64 : slices;
}

/// Floats of workspace that column_sums() needs, on any instruction set.
constexpr std::int64_t column_sums_workspace_floats(std::int64_t rows, std::int64_t columns) {
  return column_sums_slices(rows) > 1 ? column_sums_slices(rows) * columns : 0;
}

}  // namespace deepobs
