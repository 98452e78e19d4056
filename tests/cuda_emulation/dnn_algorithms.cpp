#include <cstring>

#include "tests/cuda_emulation/dnn.h"
#include "tests/cuda_emulation/runtime.h"

// cuDNN's calls that name an algorithm. What deepobs never asks for is not supported: other types, dilation.

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

struct cudnnTensorStruct {
  deepobs_emulation::Convolution::Axes extents{};
  bool nchw = false, narrow = false;  // bf16
};
struct cudnnFilterStruct {
  deepobs_emulation::Convolution::Axes extents{};
  bool nchw = false, narrow = false;
};
struct cudnnConvolutionStruct {
  int pad_h = 0, pad_w = 0, stride_h = 1, stride_w = 1;
  cudnnMathType_t math = CUDNN_DEFAULT_MATH;
};

namespace {

using deepobs_emulation::Convolution;
using deepobs_emulation::Direction;

constexpr std::size_t workspace_size = 1000;  // no round number

bool is_known(cudnnDataType_t type) { return type == CUDNN_DATA_FLOAT || type == CUDNN_DATA_BFLOAT16; }
bool is_known(cudnnTensorFormat_t order) { return order == CUDNN_TENSOR_NHWC || order == CUDNN_TENSOR_NCHW; }

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
template <class Object>
cudnnStatus_t described(Object* object, cudnnTensorFormat_t order, cudnnDataType_t type, int n, int c, int h, int w) {
  *object = {{n, c, h, w}, order == CUDNN_TENSOR_NCHW, type == CUDNN_DATA_BFLOAT16};
  return is_known(order) && is_known(type) ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_SUPPORTED;
}

struct Asked {
  Asked(const cudnnTensorStruct& x, const cudnnFilterStruct& w, const cudnnConvolutionStruct& conv,
        const cudnnTensorStruct& y)
      : nchw(x.nchw), alike(x.nchw == w.nchw && w.nchw == y.nchw && x.narrow == w.narrow && w.narrow == y.narrow) {
    const auto strides = [&](const Convolution::Axes& extents) {
      return nchw ? Convolution::channels_first(extents) : Convolution::channels_last(extents);
    };
    convolution = {.x = x.extents,
                   .w = w.extents,
                   .y = y.extents,
                   .x_strides = strides(x.extents),
                   .w_strides = strides(w.extents),
                   .y_strides = strides(y.extents),
                   .pad_top = conv.pad_h,
                   .pad_left = conv.pad_w,
                   .pad_bottom = conv.pad_h,
                   .pad_right = conv.pad_w,
                   .stride_h = conv.stride_h,
                   .stride_w = conv.stride_w,
                   .narrow = x.narrow};
  }
  bool is_offered() const {
    return alike && convolution.fits() &&
           deepobs_emulation::is_offered(convolution, nchw, deepobs_emulation::algorithms_nhwc,
                                         deepobs_emulation::algorithms_nchw);
  }

  Convolution convolution;
  bool nchw, alike;
};

/// One algorithm that is deterministic, and a faster one that is not.
template <class Performance, class Algorithm>
cudnnStatus_t answer(const Asked& asked, const cudnnConvolutionStruct& conv, int wanted, int* count, Performance* all,
                     Algorithm wild, Algorithm tame) {
  *count = 0;
  if (wanted < 2) return CUDNN_STATUS_BAD_PARAM;
  if (!asked.is_offered()) return CUDNN_STATUS_NOT_SUPPORTED;
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

cudnnStatus_t answer(const Asked& asked, size_t* bytes) {
  *bytes = workspace_size;
  return asked.is_offered() ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_SUPPORTED;
}

cudnnStatus_t run(cudnnHandle_t handle, const Asked& asked, Direction direction, int algorithm, const void* x,
                  const void* w, const void* y, void* workspace, std::size_t bytes, const void* alpha,
                  const void* beta) {
  if (!asked.is_offered() || algorithm != 1 || bytes < workspace_size || *static_cast<const float*>(alpha) != 1.f ||
      *static_cast<const float*>(beta) != 0.f)
    return CUDNN_STATUS_BAD_PARAM;
  deepobs_emulation::enqueue_for(handle, handle->stream, [=, convolution = asked.convolution] {
    std::memset(workspace, 0xFF, bytes);
    convolve(convolution, direction, const_cast<void*>(x), const_cast<void*>(w), const_cast<void*>(y));
  });
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace

extern "C" {

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* object) { return made(object); }
cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t object) { return ended(object); }
cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t object, cudnnTensorFormat_t format,
                                         cudnnDataType_t type, int n, int c, int h, int w) {
  return described(object, format, type, n, c, h, w);
}
cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t* object) { return made(object); }
cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t object) { return ended(object); }
cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t object, cudnnDataType_t type,
                                         cudnnTensorFormat_t format, int k, int c, int h, int w) {
  return described(object, format, type, k, c, h, w);
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

cudnnStatus_t cudnnGetConvolutionForwardAlgorithm_v7(cudnnHandle_t, const cudnnTensorDescriptor_t x,
                                                     const cudnnFilterDescriptor_t w,
                                                     const cudnnConvolutionDescriptor_t conv,
                                                     const cudnnTensorDescriptor_t y, const int wanted, int* count,
                                                     cudnnConvolutionFwdAlgoPerf_t* all) {
  return answer({*x, *w, *conv, *y}, *conv, wanted, count, all, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM,
                CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM);
}
cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithm_v7(cudnnHandle_t, const cudnnFilterDescriptor_t w,
                                                          const cudnnTensorDescriptor_t y,
                                                          const cudnnConvolutionDescriptor_t conv,
                                                          const cudnnTensorDescriptor_t x, const int wanted, int* count,
                                                          cudnnConvolutionBwdDataAlgoPerf_t* all) {
  return answer({*x, *w, *conv, *y}, *conv, wanted, count, all, CUDNN_CONVOLUTION_BWD_DATA_ALGO_0,
                CUDNN_CONVOLUTION_BWD_DATA_ALGO_1);
}
cudnnStatus_t cudnnGetConvolutionBackwardFilterAlgorithm_v7(cudnnHandle_t, const cudnnTensorDescriptor_t x,
                                                            const cudnnTensorDescriptor_t y,
                                                            const cudnnConvolutionDescriptor_t conv,
                                                            const cudnnFilterDescriptor_t w, const int wanted,
                                                            int* count, cudnnConvolutionBwdFilterAlgoPerf_t* all) {
  return answer({*x, *w, *conv, *y}, *conv, wanted, count, all, CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0,
                CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1);
}

cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(cudnnHandle_t, const cudnnTensorDescriptor_t x,
                                                      const cudnnFilterDescriptor_t w,
                                                      const cudnnConvolutionDescriptor_t conv,
                                                      const cudnnTensorDescriptor_t y, cudnnConvolutionFwdAlgo_t,
                                                      size_t* bytes) {
  return answer({*x, *w, *conv, *y}, bytes);
}
cudnnStatus_t cudnnGetConvolutionBackwardDataWorkspaceSize(cudnnHandle_t, const cudnnFilterDescriptor_t w,
                                                           const cudnnTensorDescriptor_t y,
                                                           const cudnnConvolutionDescriptor_t conv,
                                                           const cudnnTensorDescriptor_t x,
                                                           cudnnConvolutionBwdDataAlgo_t, size_t* bytes) {
  return answer({*x, *w, *conv, *y}, bytes);
}
cudnnStatus_t cudnnGetConvolutionBackwardFilterWorkspaceSize(cudnnHandle_t, const cudnnTensorDescriptor_t x,
                                                             const cudnnTensorDescriptor_t y,
                                                             const cudnnConvolutionDescriptor_t conv,
                                                             const cudnnFilterDescriptor_t w,
                                                             cudnnConvolutionBwdFilterAlgo_t, size_t* bytes) {
  return answer({*x, *w, *conv, *y}, bytes);
}

cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void* alpha, const cudnnTensorDescriptor_t x,
                                      const void* x_data, const cudnnFilterDescriptor_t w, const void* w_data,
                                      const cudnnConvolutionDescriptor_t conv, cudnnConvolutionFwdAlgo_t algorithm,
                                      void* workspace, size_t bytes, const void* beta, const cudnnTensorDescriptor_t y,
                                      void* y_data) {
  return run(handle, {*x, *w, *conv, *y}, Direction::forward, algorithm, x_data, w_data, y_data, workspace, bytes,
             alpha, beta);
}
cudnnStatus_t cudnnConvolutionBackwardData(cudnnHandle_t handle, const void* alpha, const cudnnFilterDescriptor_t w,
                                           const void* w_data, const cudnnTensorDescriptor_t y, const void* y_data,
                                           const cudnnConvolutionDescriptor_t conv,
                                           cudnnConvolutionBwdDataAlgo_t algorithm, void* workspace, size_t bytes,
                                           const void* beta, const cudnnTensorDescriptor_t x, void* x_data) {
  return run(handle, {*x, *w, *conv, *y}, Direction::data_gradient, algorithm, x_data, w_data, y_data, workspace, bytes,
             alpha, beta);
}
cudnnStatus_t cudnnConvolutionBackwardFilter(cudnnHandle_t handle, const void* alpha, const cudnnTensorDescriptor_t x,
                                             const void* x_data, const cudnnTensorDescriptor_t y, const void* y_data,
                                             const cudnnConvolutionDescriptor_t conv,
                                             cudnnConvolutionBwdFilterAlgo_t algorithm, void* workspace, size_t bytes,
                                             const void* beta, const cudnnFilterDescriptor_t w, void* w_data) {
  return run(handle, {*x, *w, *conv, *y}, Direction::weight_gradient, algorithm, x_data, w_data, y_data, workspace,
             bytes, alpha, beta);
}

}  // extern "C"
