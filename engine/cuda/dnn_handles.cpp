#include "engine/cuda/dnn_handles.h"

#include "engine/base/check.h"
#include "engine/cuda/cuda_check.h"
#include "engine/cuda/gpu_setup.h"
#include "engine/cuda/has_cudnn.h"

#if DEEPOBS_HAS_CUDNN
#include <cudnn.h>

namespace deepobs {

DnnHandles::~DnnHandles() {
  const GpuSetup setup = gpu_setup();
  for (cudnnHandle_t handle : handles_)
    if (handle != nullptr) (void)cudnnDestroy(handle);
}

cudnnContext* DnnHandles::get(CUstream_st* stream, std::size_t piece) {
  for (auto& handle : handles_) {
    if (handle != nullptr) continue;
    check_dnn(cudnnCreate(&handle), "starting cuDNN");
    check_dnn(cudnnSetStream(handle, stream), "starting cuDNN");
  }
  return handles_[piece % count];
}

std::string DnnHandles::version() {
  const std::size_t number = cudnnGetVersion();
  return text(number / 10000, '.', number % 10000 / 100, '.', number % 100);
}

}  // namespace deepobs

#else

namespace deepobs {

DnnHandles::~DnnHandles() = default;
cudnnContext* DnnHandles::get(CUstream_st*, std::size_t) {
  fail(Fault::internal, "this build has no cuDNN, and no body may ask for it");
}
std::string DnnHandles::version() { return "none"; }

}  // namespace deepobs

#endif
