#pragma once

#include <cstdint>
#include <memory>

#include "engine/cuda/queue.h"

namespace deepobs {

/// A product of row-major matrices: c [m, n] = a b, a [m, k], b [k, n]; one that is `transposed` lies there as [k, m]
/// or [n, k]. Then, where asked for, bias [n] is added to every row, a relu taken, and c is 0 where gate [m, n] is not
/// positive. A NaN stays one through the relu, and a gate that is one lets pass.
struct GpuProduct {
  std::int64_t m = 0, n = 0, k = 0;
  bool a_transposed = false, b_transposed = false;
  bool bias = false, relu = false, gate = false;
  Type operands = Type::f32;  ///< of a and b: f32 or bf16
  Type result = Type::f32;    ///< of c and the bias; bf16 only if the operands are
  Type gating = Type::f32;    ///< of the gate

  bool empty() const { return m == 0 || n == 0 || k == 0; }
};

/// What it works on. None overlap; all aligned to 64 bytes.
struct GpuProductMemory {
  const void* a = nullptr;
  const void* b = nullptr;
  void* c = nullptr;
  const void* bias = nullptr;
  const void* gate = nullptr;
};

/// Chooses by measuring, or takes what was chosen before, among these ways to compute it (in words: the lines of
/// DeviceInfo::algorithms), and sees that it has been run once before it is captured. All that a way needs is measured
/// with it, and all give the same bits at every call.
///   "WORDS", "WORDS+bias", "WORDS+bias+relu"   cuBLASLt with that much of the epilogue, in place the rest; its relu
///                                              only where it is seen to leave a NaN
///   "S parts of WORDS"                         the terms in S parts of equal length, S products at once for few rows
///                                              and columns that would not fill the GPU; ours adds the parts
///   "loop of deepobs"                          where cuBLASLt has nothing for it; slow
/// WORDS are those of cuBLASLt's own description of an algorithm.
///   errors  memory
std::unique_ptr<CudaPrepared> prepare_product(CudaQueue& queue, const GpuProduct& product);

/// Runs it with what prepare_product() made, in the queue's scratch memory. Without terms (k = 0) the sums are zero.
void run_product(CudaQueue& queue, const GpuProductMemory& memory);

}  // namespace deepobs
