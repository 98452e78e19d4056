#include "tests/cuda_emulation/dnn.h"

#include "tests/cuda_emulation/runtime.h"

// What all of cuDNN needs. A convolution of another offer is one of another version, so that choices are made anew.

namespace deepobs_emulation {

long offered() { return emulated_convolutions(); }

bool is_offered(const Convolution& convolution, bool nchw, long nhwc_bit, long nchw_bit) {
  const std::int64_t pack = convolution.narrow ? 8 : 4;
  const bool whole = convolution.x[1] % pack == 0;
  if ((offered() & (whole ? no_whole_packs : only_whole_packs)) != 0) return false;
  return (offered() & (nchw ? nchw_bit : nhwc_bit)) != 0;
}

}  // namespace deepobs_emulation

extern "C" {

size_t cudnnGetVersion() {
  const long offered = deepobs_emulation::offered();
  return 91900 + static_cast<size_t>(offered == deepobs_emulation::algorithms_nhwc ? 0 : offered);
}
const char* cudnnGetErrorString(cudnnStatus_t) { return "emulated"; }

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  deepobs_emulation::refuse_while_others_capture("cudnnCreate");
  *handle = new cudnnContext;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  deepobs_emulation::refuse_while_others_capture("cudnnDestroy");
  delete handle;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  handle->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}

}  // extern "C"
