#pragma once

#include "engine/executor.h"
#include "kernels/column_sums_workspace.h"

namespace deepobs::DEEPOBS_ISA {

/// out[j] = sum over r of x[r * columns + j], for x [rows, columns]: the gradient of a bias.
///   workspace  column_sums_workspace_floats(rows, columns) floats, content undefined before and after
///   numerics   |out - exact| <= 24 u sum |x| at any number of rows; the same bits for any number of threads
void column_sums(Executor& executor, const float* x, std::int64_t rows, std::int64_t columns, float* out,
                 float* workspace);

}  // namespace deepobs::DEEPOBS_ISA
