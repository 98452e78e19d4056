#include <cudnn.h>

#include <cstring>
#include <vector>

#include "tests/cuda_emulation/numbers.h"
#include "tests/cuda_emulation/runtime.h"

// Convolutions of cuDNN by their definition. What deepobs never asks for is not supported: other types, NCHW.

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

struct cudnnContext {
  cudaStream_t stream = nullptr;
};
struct cudnnTensorStruct {
  int n = 0, c = 0, h = 0, w = 0;
  bool narrow = false;  // bf16
};
struct cudnnFilterStruct {
  int k = 0, c = 0, h = 0, w = 0;
  bool narrow = false;
};
struct cudnnConvolutionStruct {
  int pad_h = 0, pad_w = 0, stride_h = 1, stride_w = 1;
  cudnnMathType_t math = CUDNN_DEFAULT_MATH;
};

namespace {

using deepobs_emulation::Numbers;

constexpr std::size_t workspace_size = 1000;  // no round number

/// Pixels of y, taps of the kernel and pixels of x that belong together: each(index in x, in w, in y) where their first
/// channels stand; x and w go on by c channels, which belong to the one of y.
template <class Each>
void for_each_product(const cudnnTensorStruct& x, const cudnnFilterStruct& w, const cudnnConvolutionStruct& conv,
                      const cudnnTensorStruct& y, Each each) {
  for (long n = 0; n < y.n; ++n)
    for (long i = 0; i < y.h; ++i)
      for (long j = 0; j < y.w; ++j)
        for (long k = 0; k < w.k; ++k)
          for (long u = 0; u < w.h; ++u)
            for (long v = 0; v < w.w; ++v) {
              const long p = i * conv.stride_h - conv.pad_h + u, q = j * conv.stride_w - conv.pad_w + v;
              if (p < 0 || p >= x.h || q < 0 || q >= x.w) continue;
              each(((n * x.h + p) * x.w + q) * x.c, ((k * w.h + u) * w.w + v) * w.c,
                   ((n * y.h + i) * y.w + j) * y.c + k);
            }
}

/// to += factor * from, over the channels.
void add_product(const Numbers& from, long first, float factor, int channels, double* to) {
  for (int c = 0; c < channels; ++c) to[c] += static_cast<double>(factor) * static_cast<double>(from[first + c]);
}

bool is_known(cudnnDataType_t type) { return type == CUDNN_DATA_FLOAT || type == CUDNN_DATA_BFLOAT16; }

bool fit(const cudnnTensorStruct& x, const cudnnFilterStruct& w, const cudnnConvolutionStruct& conv,
         const cudnnTensorStruct& y) {
  return x.narrow == w.narrow && w.narrow == y.narrow && x.n == y.n && x.c == w.c && y.c == w.k &&
         y.h == (x.h + 2 * conv.pad_h - w.h) / conv.stride_h + 1 &&
         y.w == (x.w + 2 * conv.pad_w - w.w) / conv.stride_w + 1;
}

template <class Object>
cudnnStatus_t made(Object** object) {
  *object = new Object;
  return CUDNN_STATUS_SUCCESS;
}
template <class Object>
cudnnStatus_t ended(Object* object) {
  delete object;
  return CUDNN_STATUS_SUCCESS;
}

void store(const std::vector<double>& sums, const Numbers& to) {
  for (std::size_t i = 0; i < sums.size(); ++i) to.set(static_cast<std::int64_t>(i), static_cast<float>(sums[i]));
}
std::size_t elements(const cudnnTensorStruct& t) { return static_cast<std::size_t>(t.n) * t.c * t.h * t.w; }
std::size_t elements(const cudnnFilterStruct& t) { return static_cast<std::size_t>(t.k) * t.c * t.h * t.w; }

/// One algorithm that is deterministic, and a faster one that is not.
template <class Performance, class Algorithm>
cudnnStatus_t answer(const cudnnConvolutionStruct& conv, int wanted, int* count, Performance* all, Algorithm wild,
                     Algorithm tame) {
  if (wanted < 2) return CUDNN_STATUS_BAD_PARAM;
  all[0] = {};
  all[0].algo = wild;
  all[0].determinism = CUDNN_NON_DETERMINISTIC;
  all[1] = {};
  all[1].algo = tame;
  all[1].determinism = CUDNN_DETERMINISTIC;
  all[0].mathType = all[1].mathType = conv.math;
  *count = 2;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t ready(bool fits, int algorithm, std::size_t bytes, const void* alpha, const void* beta) {
  if (!fits || algorithm != 1 || bytes < workspace_size || *static_cast<const float*>(alpha) != 1.f ||
      *static_cast<const float*>(beta) != 0.f)
    return CUDNN_STATUS_BAD_PARAM;
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace

extern "C" {

size_t cudnnGetVersion() { return 91900; }
const char* cudnnGetErrorString(cudnnStatus_t) { return "emulated"; }

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  deepobs_emulation::refuse_while_others_capture("cudnnCreate");
  return made(handle);
}
cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  deepobs_emulation::refuse_while_others_capture("cudnnDestroy");
  return ended(handle);
}
cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  handle->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* object) { return made(object); }
cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t object) { return ended(object); }
cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t object, cudnnTensorFormat_t format,
                                         cudnnDataType_t type, int n, int c, int h, int w) {
  *object = {n, c, h, w, type == CUDNN_DATA_BFLOAT16};
  return format == CUDNN_TENSOR_NHWC && is_known(type) ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_SUPPORTED;
}
cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t* object) { return made(object); }
cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t object) { return ended(object); }
cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t object, cudnnDataType_t type,
                                         cudnnTensorFormat_t format, int k, int c, int h, int w) {
  *object = {k, c, h, w, type == CUDNN_DATA_BFLOAT16};
  return format == CUDNN_TENSOR_NHWC && is_known(type) ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_SUPPORTED;
}
cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t* object) { return made(object); }
cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t object) { return ended(object); }
cudnnStatus_t cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t object, int pad_h, int pad_w, int stride_h,
                                              int stride_w, int dilation_h, int dilation_w, cudnnConvolutionMode_t mode,
                                              cudnnDataType_t) {
  *object = {pad_h, pad_w, stride_h, stride_w, CUDNN_DEFAULT_MATH};
  return mode == CUDNN_CROSS_CORRELATION && dilation_h == 1 && dilation_w == 1 ? CUDNN_STATUS_SUCCESS
                                                                               : CUDNN_STATUS_NOT_SUPPORTED;
}
cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t object, cudnnMathType_t math) {
  object->math = math;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetConvolutionForwardAlgorithm_v7(cudnnHandle_t, const cudnnTensorDescriptor_t,
                                                     const cudnnFilterDescriptor_t,
                                                     const cudnnConvolutionDescriptor_t conv,
                                                     const cudnnTensorDescriptor_t, const int wanted, int* count,
                                                     cudnnConvolutionFwdAlgoPerf_t* all) {
  return answer(*conv, wanted, count, all, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM,
                CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM);
}
cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithm_v7(cudnnHandle_t, const cudnnFilterDescriptor_t,
                                                          const cudnnTensorDescriptor_t,
                                                          const cudnnConvolutionDescriptor_t conv,
                                                          const cudnnTensorDescriptor_t, const int wanted, int* count,
                                                          cudnnConvolutionBwdDataAlgoPerf_t* all) {
  return answer(*conv, wanted, count, all, CUDNN_CONVOLUTION_BWD_DATA_ALGO_0, CUDNN_CONVOLUTION_BWD_DATA_ALGO_1);
}
cudnnStatus_t cudnnGetConvolutionBackwardFilterAlgorithm_v7(cudnnHandle_t, const cudnnTensorDescriptor_t,
                                                            const cudnnTensorDescriptor_t,
                                                            const cudnnConvolutionDescriptor_t conv,
                                                            const cudnnFilterDescriptor_t, const int wanted, int* count,
                                                            cudnnConvolutionBwdFilterAlgoPerf_t* all) {
  return answer(*conv, wanted, count, all, CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0, CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1);
}

cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(cudnnHandle_t, const cudnnTensorDescriptor_t,
                                                      const cudnnFilterDescriptor_t, const cudnnConvolutionDescriptor_t,
                                                      const cudnnTensorDescriptor_t, cudnnConvolutionFwdAlgo_t,
                                                      size_t* bytes) {
  *bytes = workspace_size;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnGetConvolutionBackwardDataWorkspaceSize(cudnnHandle_t, const cudnnFilterDescriptor_t,
                                                           const cudnnTensorDescriptor_t,
                                                           const cudnnConvolutionDescriptor_t,
                                                           const cudnnTensorDescriptor_t, cudnnConvolutionBwdDataAlgo_t,
                                                           size_t* bytes) {
  *bytes = workspace_size;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnGetConvolutionBackwardFilterWorkspaceSize(cudnnHandle_t, const cudnnTensorDescriptor_t,
                                                             const cudnnTensorDescriptor_t,
                                                             const cudnnConvolutionDescriptor_t,
                                                             const cudnnFilterDescriptor_t,
                                                             cudnnConvolutionBwdFilterAlgo_t, size_t* bytes) {
  *bytes = workspace_size;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void* alpha, const cudnnTensorDescriptor_t x_in,
                                      const void* x_data, const cudnnFilterDescriptor_t w_in, const void* w_data,
                                      const cudnnConvolutionDescriptor_t conv_in, cudnnConvolutionFwdAlgo_t algorithm,
                                      void* workspace, size_t bytes, const void* beta,
                                      const cudnnTensorDescriptor_t y_in, void* y_data) {
  const auto x = *x_in, y = *y_in;
  const auto w = *w_in;
  const auto conv = *conv_in;
  const auto status = ready(fit(x, w, conv, y), algorithm, bytes, alpha, beta);
  if (status != CUDNN_STATUS_SUCCESS) return status;
  deepobs_emulation::enqueue(handle->stream, [=] {
    std::memset(workspace, 0xFF, bytes);
    const Numbers from(x_data, x.narrow), with(w_data, x.narrow);
    std::vector<double> sums(elements(y));
    for_each_product(x, w, conv, y, [&](long a, long b, long to) {
      double sum = 0;
      for (int c = 0; c < x.c; ++c) sum += static_cast<double>(from[a + c]) * static_cast<double>(with[b + c]);
      sums[static_cast<std::size_t>(to)] += sum;
    });
    store(sums, Numbers(y_data, x.narrow));
  });
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnConvolutionBackwardData(cudnnHandle_t handle, const void* alpha, const cudnnFilterDescriptor_t w_in,
                                           const void* w_data, const cudnnTensorDescriptor_t y_in, const void* y_data,
                                           const cudnnConvolutionDescriptor_t conv_in,
                                           cudnnConvolutionBwdDataAlgo_t algorithm, void* workspace, size_t bytes,
                                           const void* beta, const cudnnTensorDescriptor_t x_in, void* x_data) {
  const auto x = *x_in, y = *y_in;
  const auto w = *w_in;
  const auto conv = *conv_in;
  const auto status = ready(fit(x, w, conv, y), algorithm, bytes, alpha, beta);
  if (status != CUDNN_STATUS_SUCCESS) return status;
  deepobs_emulation::enqueue(handle->stream, [=] {
    std::memset(workspace, 0xFF, bytes);
    const Numbers from(y_data, x.narrow), with(w_data, x.narrow);
    std::vector<double> sums(elements(x));
    for_each_product(x, w, conv, y, [&](long a, long b, long c) { add_product(with, b, from[c], x.c, &sums[0] + a); });
    store(sums, Numbers(x_data, x.narrow));
  });
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnConvolutionBackwardFilter(cudnnHandle_t handle, const void* alpha,
                                             const cudnnTensorDescriptor_t x_in, const void* x_data,
                                             const cudnnTensorDescriptor_t y_in, const void* y_data,
                                             const cudnnConvolutionDescriptor_t conv_in,
                                             cudnnConvolutionBwdFilterAlgo_t algorithm, void* workspace, size_t bytes,
                                             const void* beta, const cudnnFilterDescriptor_t w_in, void* w_data) {
  const auto x = *x_in, y = *y_in;
  const auto w = *w_in;
  const auto conv = *conv_in;
  const auto status = ready(fit(x, w, conv, y), algorithm, bytes, alpha, beta);
  if (status != CUDNN_STATUS_SUCCESS) return status;
  deepobs_emulation::enqueue(handle->stream, [=] {
    std::memset(workspace, 0xFF, bytes);
    const Numbers from(x_data, x.narrow), with(y_data, x.narrow);
    std::vector<double> sums(elements(w));
    for_each_product(x, w, conv, y, [&](long a, long b, long c) { add_product(from, a, with[c], x.c, &sums[0] + b); });
    store(sums, Numbers(w_data, x.narrow));
  });
  return CUDNN_STATUS_SUCCESS;
}

}  // extern "C"
