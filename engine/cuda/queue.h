#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/graph/op.h"
#include "engine/run/hazards.h"
#include "engine/tensor/precision.h"

// The vendor's handles by the names that its headers give to what they point to: no header of theirs is needed here.
struct CUstream_st;
struct cublasLtContext;
struct cudnnContext;

namespace deepobs {

class CudaChoices;
class TrialMemory;

/// What a body has prepared once for its node: chosen algorithms, descriptors, tables on the device. CudaPrepare makes
/// it when a program is prepared: it may allocate and wait, and may overwrite the node's outputs but not its inputs.
struct CudaPrepared {
  virtual ~CudaPrepared() = default;
  std::int64_t scratch_bytes = 0;  ///< memory that the body needs while it runs: CudaQueue::scratch
  std::int64_t kept_bytes = 0;     ///< memory that belongs to this node alone, for good: CudaQueue::kept

  /// The part of the body's work that needs next to nothing of its step: it goes on beside the nodes before the body,
  /// which finds its results in the kept memory. Null: there is none.
  CudaBody prologue = nullptr;
  std::vector<MemoryUse> prologue_uses;  ///< what it touches beside the step block and the kept memory
};

/// What the bodies of one program work with. They put kernels into `stream` in order and neither wait nor allocate: the
/// same call is made once while a graph is captured, or each time where a program is run node by node.
struct CudaQueue {
  CUstream_st* stream = nullptr;
  Precision precision = Precision::fp32;
  cublasLtContext* blas = nullptr;
  cudnnContext* (*dnn)(CudaQueue&) = nullptr;  ///< the one for `piece`; for nodes with scratch memory, see DnnHandles
  CudaChoices* choices = nullptr;
  TrialMemory* trial_memory = nullptr;  ///< for prepare functions
  void* device = nullptr;               ///< the Device's own matter

  // Of the node whose body is being called:
  CudaPrepared* prepared = nullptr;  ///< what its prepare function made; null where there is none
  void* scratch = nullptr;           ///< prepared->scratch_bytes of memory, 256-byte aligned, content undefined
  std::size_t piece = 0;             ///< which memory that is: nodes with the same one never run at the same time
  void* kept = nullptr;  ///< prepared->kept_bytes, 256-byte aligned: zeros before the first run, then what a run left
};

/// What a product of operands of that type is computed in.
inline Precision precision_of(const CudaQueue& queue, Type operands) {
  if (operands == Type::bf16) return Precision::bf16;
  return queue.precision == Precision::tf32 ? Precision::tf32 : Precision::fp32;
}

/// The prepared object of a body's own type.
template <class Prepared>
const Prepared& prepared_as(const CudaQueue& queue) {
  return static_cast<const Prepared&>(*queue.prepared);
}

}  // namespace deepobs

/// Defines the body of op `name` for a GPU:  DEEPOBS_CUDA_BODY(relu) { ... call ... queue ... }
#define DEEPOBS_CUDA_BODY(name)                                            \
  extern "C" [[gnu::visibility("default")]] void deepobs_cuda_body_##name( \
      const ::deepobs::Call& call [[maybe_unused]], ::deepobs::CudaQueue& queue [[maybe_unused]])

/// Defines what prepares it:  DEEPOBS_CUDA_PREPARE(linear) { ... return std::unique_ptr<...>(...).release(); }
#define DEEPOBS_CUDA_PREPARE(name)                                                                \
  extern "C" [[gnu::visibility("default")]] ::deepobs::CudaPrepared* deepobs_cuda_prepare_##name( \
      const ::deepobs::Call& call [[maybe_unused]], ::deepobs::CudaQueue& queue [[maybe_unused]])
