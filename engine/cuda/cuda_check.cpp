#include "engine/cuda/cuda_check.h"

#include <cublas_api.h>
#include <cuda_runtime_api.h>

#include "engine/cuda/has_cudnn.h"
#if DEEPOBS_HAS_CUDNN
#include <cudnn.h>
#endif

namespace deepobs {

void check_cuda(int status, const std::string& doing) {
  const auto error = static_cast<cudaError_t>(status);
  if (error == cudaSuccess) return;
  (void)cudaGetLastError();  // an error that can be lived with must not be found again by the next call
  fail(error == cudaErrorMemoryAllocation ? Fault::memory : Fault::internal, doing, ": CUDA says ",
       cudaGetErrorName(error), ": ", cudaGetErrorString(error));
}

void check_blas(int status, const std::string& doing) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  fail(status == CUBLAS_STATUS_ALLOC_FAILED ? Fault::memory : Fault::internal, doing, ": cuBLASLt says status ",
       status);
}

#if DEEPOBS_HAS_CUDNN
void check_dnn(int status, const std::string& doing) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  const bool memory = status == CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED ||
                      status == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED;
  fail(memory ? Fault::memory : Fault::internal, doing, ": cuDNN says ",
       cudnnGetErrorString(static_cast<cudnnStatus_t>(status)));
}
#endif

}  // namespace deepobs
