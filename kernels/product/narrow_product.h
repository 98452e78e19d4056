#pragma once

#include "engine/run/executor.h"
#include "kernels/product/gemm_workspace.h"

namespace deepobs::DEEPOBS_ISA {

/// C = A B for products that are narrow in one extent. The tiles of the general product would leave most lanes of their
/// vectors empty there, and packing its operands would cost as much as the product. Which shapes these are, and what is
/// done with them, is one rule, in narrow_product_cpu.cpp.
///   shapes    m, n >= 1, k >= 0
///   returns   whether the product is one of them and has been computed; if not, nothing has been touched
///   numerics  each element within 24 u of the sum of the absolute products, u = 2^-24, as for gemm(): chains of
///             additions are hardly longer than gemm_depth. Same bits for any number of threads
///   errors    none
bool narrow_product(Executor& executor, const Gemm& product);

}  // namespace deepobs::DEEPOBS_ISA
