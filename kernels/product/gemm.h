#pragma once

#include "engine/run/executor.h"
#include "kernels/product/gemm_workspace.h"

namespace deepobs::DEEPOBS_ISA {

/// Computes what `Gemm` describes.
///   workspace  gemm_workspace_floats(m, n, k) floats, content undefined before and after
///   numerics   |c - exact| <= 24 u sum |a||b|; the same bits for any number of threads. With k == 0 the sums are 0
///   source     loops and panels after Goto and van de Geijn, Anatomy of high-performance matrix multiplication, 2008
void gemm(Executor& executor, const Gemm& product, float* workspace);

}  // namespace deepobs::DEEPOBS_ISA
