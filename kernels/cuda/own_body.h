#pragma once

#include "engine/base/check.h"
#include "kernels/cuda/loops.h"

namespace deepobs {

/// A program that is linked to deepobs has a CUDA runtime of its own beside that of libdeepobs_cuda.so, and only the
/// program's own runtime knows which of the program's launches failed.
inline void require_launched(const char* op [[maybe_unused]]) {
#if defined(__CUDACC__)
  const cudaError_t status = cudaGetLastError();
  require(status == cudaSuccess, Fault::internal, "launching ", op, ": ", cudaGetErrorString(status));
#endif
}

}  // namespace deepobs

/// Defines the body of a program's own op for a GPU, void NAME(const Call&, CudaQueue&), for Op::cuda:
///   DEEPOBS_OWN_CUDA_BODY(name) { for_each_element(queue, ..., [=] __device__(std::int64_t i) { ... }); }
/// It puts kernels into the queue, and neither waits nor allocates: it is called while a graph is captured.
#define DEEPOBS_OWN_CUDA_BODY(name)                                                     \
  static void name##_kernels(const ::deepobs::Call& call, ::deepobs::CudaQueue& queue); \
  void name(const ::deepobs::Call& call, ::deepobs::CudaQueue& queue) {                 \
    name##_kernels(call, queue);                                                        \
    ::deepobs::require_launched(#name);                                                 \
  }                                                                                     \
  static void name##_kernels(const ::deepobs::Call& call [[maybe_unused]], ::deepobs::CudaQueue& queue [[maybe_unused]])
