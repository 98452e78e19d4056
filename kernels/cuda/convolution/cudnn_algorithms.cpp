#include <cudnn.h>

#include <cstdio>

#include "engine/base/check.h"
#include "engine/cuda/cuda_check.h"
#include "kernels/cuda/convolution/cudnn_conv.h"

// The calls that name one of a few algorithms. cuDNN 9 marks them as the older way and keeps them.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace deepobs {
namespace {

constexpr int most_algorithms = 16;

void check(cudnnStatus_t status) { check_dnn(status, "preparing a convolution"); }

template <class T, cudnnStatus_t (*destroy)(T)>
struct Destroyer {
  using pointer = T;
  void operator()(T object) const noexcept { (void)destroy(object); }
};
template <class T, cudnnStatus_t (*create)(T*), cudnnStatus_t (*destroy)(T)>
class Described {
 public:
  Described() {
    T made{};
    check(create(&made));
    object_.reset(made);
  }
  T get() const { return object_.get(); }

 private:
  std::unique_ptr<void, Destroyer<T, destroy>> object_;
};
using Tensor = Described<cudnnTensorDescriptor_t, cudnnCreateTensorDescriptor, cudnnDestroyTensorDescriptor>;
using Filter = Described<cudnnFilterDescriptor_t, cudnnCreateFilterDescriptor, cudnnDestroyFilterDescriptor>;
using Convolution =
    Described<cudnnConvolutionDescriptor_t, cudnnCreateConvolutionDescriptor, cudnnDestroyConvolutionDescriptor>;

cudnnMathType_t math_of(Precision precision) {
  return precision == Precision::fp32   ? CUDNN_FMA_MATH  // leaves no room for anything but IEEE products
         : precision == Precision::tf32 ? CUDNN_DEFAULT_MATH
                                        : CUDNN_TENSOR_OP_MATH;
}

/// These calls pad both sides alike.
bool is_possible(const ConvGeometry& g) { return g.pad_top == g.pad_bottom && g.pad_left == g.pad_right; }

struct AlgorithmPlan final : LibraryPlan {
  explicit AlgorithmPlan(const LibraryConv& conv) : direction(conv.direction) {
    const ConvGeometry& g = conv.geometry;
    const auto numbers = conv.type == Type::bf16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
    const auto order = conv.nchw ? CUDNN_TENSOR_NCHW : CUDNN_TENSOR_NHWC;
    const auto number = [](std::int64_t value) { return static_cast<int>(value); };
    check(cudnnSetTensor4dDescriptor(x.get(), order, numbers, number(g.n), number(g.c_in), number(g.h), number(g.w)));
    check(cudnnSetTensor4dDescriptor(y.get(), order, numbers, number(g.n), number(g.c_out), number(g.out_h),
                                     number(g.out_w)));
    check(cudnnSetFilter4dDescriptor(w.get(), numbers, order, number(g.c_out), number(g.c_in), number(g.kh),
                                     number(g.kw)));
    check(cudnnSetConvolution2dDescriptor(convolution.get(), number(g.pad_top), number(g.pad_left), number(g.stride_h),
                                          number(g.stride_w), 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
    set_math(math_of(conv.precision));
  }

  void set_math(cudnnMathType_t math) const { check(cudnnSetConvolutionMathType(convolution.get(), math)); }

  /// False where the algorithm does not fit.
  bool ask_workspace(cudnnHandle_t dnn) {
    std::size_t size = 0;
    const auto status =
        direction == ConvDirection::forward
            ? cudnnGetConvolutionForwardWorkspaceSize(dnn, x.get(), w.get(), convolution.get(), y.get(),
                                                      static_cast<cudnnConvolutionFwdAlgo_t>(algorithm), &size)
        : direction == ConvDirection::data_gradient
            ? cudnnGetConvolutionBackwardDataWorkspaceSize(dnn, w.get(), y.get(), convolution.get(), x.get(),
                                                           static_cast<cudnnConvolutionBwdDataAlgo_t>(algorithm), &size)
            : cudnnGetConvolutionBackwardFilterWorkspaceSize(dnn, x.get(), y.get(), convolution.get(), w.get(),
                                                             static_cast<cudnnConvolutionBwdFilterAlgo_t>(algorithm),
                                                             &size);
    workspace_bytes = static_cast<std::int64_t>(size);
    return status == CUDNN_STATUS_SUCCESS;
  }

  void run(CudaQueue& queue, const ConvMemory& memory, void* workspace) const override {
    constexpr float one = 1.f, zero = 0.f;
    cudnnHandle_t dnn = queue.dnn(queue);
    const auto bytes = static_cast<std::size_t>(workspace_bytes);
    const auto status =
        direction == ConvDirection::forward
            ? cudnnConvolutionForward(dnn, &one, x.get(), memory.x, w.get(), memory.w, convolution.get(),
                                      static_cast<cudnnConvolutionFwdAlgo_t>(algorithm), workspace, bytes, &zero,
                                      y.get(), memory.y)
        : direction == ConvDirection::data_gradient
            ? cudnnConvolutionBackwardData(dnn, &one, w.get(), memory.w, y.get(), memory.y, convolution.get(),
                                           static_cast<cudnnConvolutionBwdDataAlgo_t>(algorithm), workspace, bytes,
                                           &zero, x.get(), memory.x)
            : cudnnConvolutionBackwardFilter(dnn, &one, x.get(), memory.x, y.get(), memory.y, convolution.get(),
                                             static_cast<cudnnConvolutionBwdFilterAlgo_t>(algorithm), workspace, bytes,
                                             &zero, w.get(), memory.w);
    check_dnn(status, name_of(direction));
  }

  ConvDirection direction;
  Tensor x, y;
  Filter w;
  Convolution convolution;
  int algorithm = 0;
};

std::string words_of(int algorithm, int math) { return text("algorithm ", algorithm, ", math ", math); }

std::vector<std::string> offers(CudaQueue& queue, const LibraryConv& conv) {
  std::vector<std::string> found;
  if (!is_possible(conv.geometry)) return found;
  const AlgorithmPlan plan(conv);
  cudnnHandle_t dnn = queue.dnn(queue);
  const auto collect = [&](auto performance, auto ask) {
    std::vector<decltype(performance)> all(most_algorithms);
    int count = 0;
    if (ask(&count, all.data()) != CUDNN_STATUS_SUCCESS) return;
    for (int i = 0; i < count; ++i) {
      const auto& each = all[static_cast<std::size_t>(i)];
      if (each.status != CUDNN_STATUS_SUCCESS || each.determinism != CUDNN_DETERMINISTIC) continue;
      // In float32 only what leaves no room, whatever the call's own idea of it.
      const auto math = conv.precision == Precision::fp32 ? math_of(conv.precision) : each.mathType;
      found.push_back(words_of(static_cast<int>(each.algo), static_cast<int>(math)));
    }
  };
  const auto x = plan.x.get(), y = plan.y.get();
  const auto w = plan.w.get();
  const auto convolution = plan.convolution.get();
  if (conv.direction == ConvDirection::forward)
    collect(cudnnConvolutionFwdAlgoPerf_t{}, [&](int* count, auto* all) {
      return cudnnGetConvolutionForwardAlgorithm_v7(dnn, x, w, convolution, y, most_algorithms, count, all);
    });
  else if (conv.direction == ConvDirection::data_gradient)
    collect(cudnnConvolutionBwdDataAlgoPerf_t{}, [&](int* count, auto* all) {
      return cudnnGetConvolutionBackwardDataAlgorithm_v7(dnn, w, y, convolution, x, most_algorithms, count, all);
    });
  else
    collect(cudnnConvolutionBwdFilterAlgoPerf_t{}, [&](int* count, auto* all) {
      return cudnnGetConvolutionBackwardFilterAlgorithm_v7(dnn, x, y, convolution, w, most_algorithms, count, all);
    });
  return found;
}

/// Whether an algorithm gives the same bits each time. A choice in words does not say so itself, and may come from a
/// file.
bool is_deterministic(ConvDirection direction, int algorithm) {
  if (direction == ConvDirection::data_gradient) return algorithm != CUDNN_CONVOLUTION_BWD_DATA_ALGO_0;
  if (direction == ConvDirection::weight_gradient)
    return algorithm != CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0 && algorithm != CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3;
  return true;
}

std::unique_ptr<LibraryPlan> make_plan(CudaQueue& queue, const LibraryConv& conv, const std::string& words) {
  int algorithm = 0, math = 0;
  if (std::sscanf(words.c_str(), "algorithm %d, math %d", &algorithm, &math) != 2) return nullptr;
  if (words != words_of(algorithm, math) || !is_possible(conv.geometry)) return nullptr;
  if (!is_deterministic(conv.direction, algorithm)) return nullptr;
  if (conv.precision == Precision::fp32 && math != CUDNN_FMA_MATH) return nullptr;
  auto plan = std::make_unique<AlgorithmPlan>(conv);
  plan->algorithm = algorithm;
  if (cudnnSetConvolutionMathType(plan->convolution.get(), static_cast<cudnnMathType_t>(math)) !=
          CUDNN_STATUS_SUCCESS ||
      !plan->ask_workspace(queue.dnn(queue)))
    return nullptr;
  return plan;
}

}  // namespace

const CudnnInterface cudnn_algorithms{offers, make_plan};

std::string cudnn_version() { return text(cudnnGetVersion()); }

}  // namespace deepobs
