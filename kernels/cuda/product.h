#pragma once

#include <cstdint>
#include <memory>

#include "engine/cuda/queue.h"

namespace deepobs {

/// A product of row-major matrices: c [m, n] = a b, a [m, k], b [k, n]; one that is `transposed` lies there as [k, m] or
/// [n, k]. Then bias [n] is added to every row, and a relu taken, where asked for.
struct GpuProduct {
  std::int64_t m = 0, n = 0, k = 0;
  bool a_transposed = false, b_transposed = false;
  bool bias = false, relu = false;
  Type operands = Type::f32;  ///< of a and b: f32 or bf16
  Type result = Type::f32;    ///< of c and the bias; bf16 only if the operands are
};

/// What it works on. None overlap; all aligned to 64 bytes.
struct GpuProductMemory {
  const void* a = nullptr;
  const void* b = nullptr;
  void* c = nullptr;
  const void* bias = nullptr;
};

/// Chooses the fastest of cuBLASLt's algorithms by measuring, or takes the one that was chosen before, and runs it once,
/// so that nothing is loaded for the first time while a graph is captured. All that are tried give the same bits at every
/// call.
///   errors  internal: cuBLASLt has none; memory
std::unique_ptr<CudaPrepared> prepare_product(CudaQueue& queue, const GpuProduct& product);

/// Runs it with what prepare_product() made, in the queue's scratch memory. There must be something to multiply: m, n
/// and k above 0. Returns whether the relu is still to be taken: that of the library made a zero of a NaN, and a NaN is a
/// result.
bool run_product(CudaQueue& queue, const GpuProductMemory& memory);

}  // namespace deepobs
