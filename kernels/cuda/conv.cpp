#include "kernels/cuda/conv.h"

#include <cuda_runtime_api.h>
#include <cudnn.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "engine/check.h"
#include "engine/cuda/cuda_check.h"
#include "engine/cuda/cuda_choices.h"
#include "engine/cuda/cuda_objects.h"
#include "engine/cuda/measuring.h"
#include "kernels/cuda/conv_loops.h"

// The calls that choose among whole convolutions are marked as the older way in cuDNN 9, but kept.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace deepobs {
namespace {

constexpr std::int64_t most_workspace = std::int64_t{128} << 20;
constexpr int most_candidates = 16;
constexpr const char* own_loop = "loop of deepobs";

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

std::int64_t aligned(std::int64_t bytes) { return (bytes + 255) / 256 * 256; }

const char* name_of(ConvDirection direction) {
  return direction == ConvDirection::forward         ? "conv forward"
         : direction == ConvDirection::data_gradient ? "conv data gradient"
                                                     : "conv weight gradient";
}

std::string described(const ConvGeometry& g, ConvDirection direction, FilterOrder order, Precision precision) {
  return text(name_of(direction), " ", g.n, "x", g.h, "x", g.w, "x", g.c_in, " with ", g.kh, "x", g.kw, "x", g.c_out,
              " stride ", g.stride_h, "x", g.stride_w, " padding ", g.pad_top, ",", g.pad_bottom, ",", g.pad_left, ",",
              g.pad_right, " ", deepobs::name_of(precision), order == FilterOrder::krsc ? " krsc" : "");
}

cudnnMathType_t math_of(Precision precision) {
  return precision == Precision::fp32   ? CUDNN_FMA_MATH  // leaves no room for anything but IEEE products
         : precision == Precision::tf32 ? CUDNN_DEFAULT_MATH
                                        : CUDNN_TENSOR_OP_MATH;
}

/// cuDNN pads both sides alike, counts in int, and knows nothing of empty tensors.
bool possible_for_library(const ConvGeometry& g) {
  constexpr std::int64_t most = INT32_MAX;
  return g.pad_top == g.pad_bottom && g.pad_left == g.pad_right && g.out_pixels() > 0 && g.window() > 0 &&
         g.c_out > 0 && g.n * g.h * g.w * g.c_in <= most && g.out_pixels() * g.c_out <= most &&
         g.window() * g.c_out <= most;
}

struct PreparedConv final : CudaPrepared {
  PreparedConv(const ConvGeometry& of, ConvDirection to, Type of_all, FilterOrder in_order, std::int64_t extra)
      : geometry(of), direction(to), type(of_all), order(in_order), extra_bytes(extra) {
    scratch_bytes = extra_bytes;
  }

  ConvGeometry geometry;
  ConvDirection direction;
  Type type;
  FilterOrder order;
  std::int64_t extra_bytes;                            // the caller's, at the beginning of the scratch memory
  std::int64_t weight_bytes = 0, workspace_bytes = 0;  // behind it, in this order
  struct Library;
  std::unique_ptr<Library> library;  // null: the loop of ours
};

/// The same as cuDNN sees it. It keeps a kernel as [K, kh, kw, C], which is ours [kh kw C, K] transposed, in the type of
/// the images.
struct PreparedConv::Library {
  Tensor x, y;
  Filter w;
  Convolution convolution;
  int algorithm = 0;

  Library(const ConvGeometry& g, Type type) {
    const auto numbers = type == Type::bf16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
    const auto number = [](std::int64_t value) { return static_cast<int>(value); };
    check(cudnnSetTensor4dDescriptor(x.get(), CUDNN_TENSOR_NHWC, numbers, number(g.n), number(g.c_in), number(g.h),
                                     number(g.w)));
    check(cudnnSetTensor4dDescriptor(y.get(), CUDNN_TENSOR_NHWC, numbers, number(g.n), number(g.c_out), number(g.out_h),
                                     number(g.out_w)));
    check(cudnnSetFilter4dDescriptor(w.get(), numbers, CUDNN_TENSOR_NHWC, number(g.c_out), number(g.c_in), number(g.kh),
                                     number(g.kw)));
    check(cudnnSetConvolution2dDescriptor(convolution.get(), number(g.pad_top), number(g.pad_left), number(g.stride_h),
                                          number(g.stride_w), 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
  }

  void set_math(cudnnMathType_t math) const { check(cudnnSetConvolutionMathType(convolution.get(), math)); }

  /// Nothing where the algorithm does not fit.
  bool workspace_of(cudnnHandle_t dnn, ConvDirection direction, std::int64_t& bytes) const {
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
    bytes = static_cast<std::int64_t>(size);
    return status == CUDNN_STATUS_SUCCESS;
  }

  /// x, w and y by their places in the convolution; one of them is the result.
  void run(cudnnHandle_t dnn, ConvDirection direction, void* at_x, void* at_w, void* at_y, void* workspace,
           std::int64_t workspace_bytes) const {
    constexpr float one = 1.f, zero = 0.f;
    const auto bytes = static_cast<std::size_t>(workspace_bytes);
    const auto status = direction == ConvDirection::forward
                            ? cudnnConvolutionForward(dnn, &one, x.get(), at_x, w.get(), at_w, convolution.get(),
                                                      static_cast<cudnnConvolutionFwdAlgo_t>(algorithm), workspace,
                                                      bytes, &zero, y.get(), at_y)
                        : direction == ConvDirection::data_gradient
                            ? cudnnConvolutionBackwardData(dnn, &one, w.get(), at_w, y.get(), at_y, convolution.get(),
                                                           static_cast<cudnnConvolutionBwdDataAlgo_t>(algorithm),
                                                           workspace, bytes, &zero, x.get(), at_x)
                            : cudnnConvolutionBackwardFilter(dnn, &one, x.get(), at_x, y.get(), at_y, convolution.get(),
                                                             static_cast<cudnnConvolutionBwdFilterAlgo_t>(algorithm),
                                                             workspace, bytes, &zero, w.get(), at_w);
    check_dnn(status, name_of(direction));
  }
};

struct Candidate {
  int algorithm;
  cudnnMathType_t math;
};

/// What cuDNN finds for the convolution as described, all of it deterministic and with room in the workspace.
std::vector<Candidate> candidates(cudnnHandle_t dnn, const PreparedConv& conv) {
  const auto& library = *conv.library;
  std::vector<Candidate> found;
  const auto collect = [&](auto performance, auto ask) {
    std::vector<decltype(performance)> all(most_candidates);
    int count = 0;
    if (ask(&count, all.data()) != CUDNN_STATUS_SUCCESS) return;
    for (int i = 0; i < count; ++i) {
      const auto& each = all[static_cast<std::size_t>(i)];
      if (each.status == CUDNN_STATUS_SUCCESS && each.determinism == CUDNN_DETERMINISTIC &&
          static_cast<std::int64_t>(each.memory) <= most_workspace)
        found.push_back({static_cast<int>(each.algo), each.mathType});
    }
  };
  const auto x = library.x.get(), y = library.y.get();
  const auto w = library.w.get();
  const auto convolution = library.convolution.get();
  if (conv.direction == ConvDirection::forward)
    collect(cudnnConvolutionFwdAlgoPerf_t{}, [&](int* count, auto* all) {
      return cudnnGetConvolutionForwardAlgorithm_v7(dnn, x, w, convolution, y, most_candidates, count, all);
    });
  else if (conv.direction == ConvDirection::data_gradient)
    collect(cudnnConvolutionBwdDataAlgoPerf_t{}, [&](int* count, auto* all) {
      return cudnnGetConvolutionBackwardDataAlgorithm_v7(dnn, w, y, convolution, x, most_candidates, count, all);
    });
  else
    collect(cudnnConvolutionBwdFilterAlgoPerf_t{}, [&](int* count, auto* all) {
      return cudnnGetConvolutionBackwardFilterAlgorithm_v7(dnn, x, y, convolution, w, most_candidates, count, all);
    });
  return found;
}

std::string words_of(const Candidate& candidate) {
  return text("algorithm ", candidate.algorithm, ", math ", static_cast<int>(candidate.math));
}

/// Operands and a result to try a convolution on, in the library's order and types: all zeros.
struct Trial {
  Trial(const CudaQueue& queue, const ConvGeometry& g, Type type)
      : x(g.n * g.h * g.w * g.c_in * bytes_of(type), queue.stream),
        w(g.window() * g.c_out * bytes_of(type), queue.stream),
        y(g.out_pixels() * g.c_out * bytes_of(type), queue.stream),
        workspace(most_workspace, queue.stream) {}

  void run(cudnnHandle_t dnn, const PreparedConv& conv, std::int64_t workspace_bytes) const {
    conv.library->run(dnn, conv.direction, x.data(), w.data(), y.data(), workspace.data(), workspace_bytes);
  }

  TemporaryMemory x, w, y, workspace;
};

/// Times every candidate; the choice in words, "algorithm 1, math 3".
std::string fastest(const CudaQueue& queue, cudnnHandle_t dnn, PreparedConv& conv, const Trial& trial,
                    Precision precision) {
  auto& library = *conv.library;
  std::string best = own_loop;
  double least = 0;
  for (auto candidate : candidates(dnn, conv)) {
    if (precision == Precision::fp32) candidate.math = math_of(precision);  // whatever its own idea of it
    library.algorithm = candidate.algorithm;
    library.set_math(candidate.math);
    std::int64_t needed = 0;
    if (!library.workspace_of(dnn, conv.direction, needed) || needed > most_workspace) continue;
    double time = 0;
    try {
      time = measured_microseconds(queue.stream, [&] { trial.run(dnn, conv, needed); });
    } catch (const Error& error) {
      if (error.fault() == Fault::memory) throw;
      continue;  // one that was promised and does not run
    }
    if (best != own_loop && time >= least) continue;
    best = words_of(candidate);
    least = time;
  }
  return best;
}

bool read_choice(const std::string& words, int& algorithm, int& math) {
  return std::sscanf(words.c_str(), "algorithm %d, math %d", &algorithm, &math) == 2;
}

void run_loop(const CudaQueue& queue, const PreparedConv& conv, void* first, void* second, void* result) {
  const Type filter = conv.order == FilterOrder::krsc ? conv.type : Type::f32;
  const auto places = FilterPlaces::of(conv.geometry, conv.order);
  const Floats images(first, conv.type);
  if (conv.direction == ConvDirection::forward)
    direct_forward(queue, conv.geometry, images, Floats(second, filter), places, Floats(result, conv.type));
  else if (conv.direction == ConvDirection::data_gradient)
    direct_data_gradient(queue, conv.geometry, images, Floats(second, filter), places, Floats(result, conv.type));
  else
    direct_weight_gradient(queue, conv.geometry, images, Floats(second, conv.type), Floats(result, filter), places);
}

}  // namespace

std::unique_ptr<CudaPrepared> prepare_conv(CudaQueue& queue, const ConvGeometry& geometry, ConvDirection direction,
                                           Type type, FilterOrder order, std::int64_t extra_bytes) {
  auto prepared = std::make_unique<PreparedConv>(geometry, direction, type, order, aligned(extra_bytes));
  const Precision precision = precision_of(queue, type);
  const std::string what = described(geometry, direction, order, precision);
  if (!possible_for_library(geometry)) {
    queue.choices->choice(what, "no cudnn", [] { return std::string(own_loop); });
    return prepared;
  }
  cudnnHandle_t dnn = queue.dnn(queue);
  prepared->library = std::make_unique<PreparedConv::Library>(geometry, type);
  prepared->library->set_math(math_of(precision));
  const Trial trial(queue, geometry, type);
  const std::string chosen = queue.choices->choice(what, text("cudnn ", cudnnGetVersion()),
                                                   [&] { return fastest(queue, dnn, *prepared, trial, precision); });
  if (chosen == own_loop) {
    prepared->library.reset();
    return prepared;
  }
  int algorithm = 0, math = 0;
  const bool readable = read_choice(chosen, algorithm, math);
  prepared->library->algorithm = algorithm;
  if (readable) prepared->library->set_math(static_cast<cudnnMathType_t>(math));
  require(readable && prepared->library->workspace_of(dnn, direction, prepared->workspace_bytes) &&
              prepared->workspace_bytes <= most_workspace,
          Fault::internal, "cuDNN's ", chosen, ", which was chosen for ", what,
          ", does not fit it; if it comes from a file of earlier choices, remove its line there "
          "(of the program: ~/.cache/deepobs/gpu_algorithms.txt)");
  // Once now, so that nothing is loaded for the first time while a graph is captured.
  trial.run(dnn, *prepared, prepared->workspace_bytes);
  check_cuda(cudaStreamSynchronize(queue.stream), "preparing a convolution");
  if (order != FilterOrder::krsc) prepared->weight_bytes = aligned(geometry.window() * geometry.c_out * bytes_of(type));
  prepared->scratch_bytes = prepared->extra_bytes + prepared->weight_bytes + prepared->workspace_bytes;
  return prepared;
}

void run_conv(CudaQueue& queue, const void* first, const void* second, void* result) {
  const auto& conv = prepared_as<PreparedConv>(queue);
  auto* const a = const_cast<void*>(first);  // operands: what is called says so again
  auto* const b = const_cast<void*>(second);
  if (!conv.library) return run_loop(queue, conv, a, b, result);
  std::byte* weights = static_cast<std::byte*>(queue.scratch) + conv.extra_bytes;
  std::byte* workspace = weights + conv.weight_bytes;
  const std::int64_t window = conv.geometry.window(), c_out = conv.geometry.c_out;
  const Floats turned(weights, conv.type);
  const auto library = [&](void* x, void* w, void* y) {
    conv.library->run(queue.dnn(queue), conv.direction, x, w, y, workspace, conv.workspace_bytes);
  };
  const bool is_gradient = conv.direction == ConvDirection::weight_gradient, turns = conv.order != FilterOrder::krsc;
  void* const filter = turns ? weights : is_gradient ? result : b;
  if (turns && !is_gradient) transpose_on_gpu(queue, Floats(b, Type::f32), window, c_out, turned);
  if (conv.direction == ConvDirection::forward)
    library(a, filter, result);
  else if (conv.direction == ConvDirection::data_gradient)
    library(result, filter, a);
  else
    library(a, filter, b);
  if (turns && is_gradient) transpose_on_gpu(queue, turned, c_out, window, Floats(result, Type::f32));
}

void* extra_scratch(const CudaQueue& queue) { return queue.scratch; }

}  // namespace deepobs
