#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/graph/graph.h"
#include "kernels/convolution/conv_algorithm.h"
#include "kernels/windows/padding.h"
#include "problems/network/initializers.h"

namespace deepobs {

/// What a model is recorded for: dropout and batch statistics work in training only.
enum class Mode { train, evaluate };

enum class Activation { none, relu };

/// A layer as `deepobs info` shows it. Shapes are of one example, images as [C, H, W].
struct LayerRow {
  std::string name, kind, detail;
  Shape output;
  std::int64_t parameters = 0;
};

/// Records the layers of a model, names their parameters, and keeps the list of what was made. Images are NHWC inside;
/// parameters have PyTorch's shapes at the border, and a dense layer behind flatten() takes its inputs in PyTorch's
/// order (C, H, W), so a PyTorch state dict of the same layers fits as it is.
class Layers {
 public:
  Layers(Graph& graph, Mode mode, ConvAlgorithm conv_algorithm = ConvAlgorithm::automatic)
      : graph_(&graph), mode_(mode), conv_algorithm_(conv_algorithm) {}

  struct Conv {
    std::int64_t channels;
    Extent2d kernel = 3, stride = 1;
    Pad pad = Pad::valid;
    Activation activation = Activation::relu;
    Initializer weight = {}, bias = init::constant(0);
  };
  /// x [N, H, W, C] -> [N, H', W', channels]; parameters NAME.weight [channels, C, kernel.h, kernel.w], NAME.bias
  /// [channels]. Without `weight`, glorot_normal; without `bias`, {}, there is none.
  Value conv(const std::string& name, Value x, const Conv& conv);

  struct Dense {
    std::int64_t units;
    Activation activation = Activation::none;
    Initializer weight = {}, bias = init::constant(0);
  };
  /// x [N, F] -> [N, units]; parameters NAME.weight [units, F], NAME.bias [units]. Without `weight`, glorot_uniform;
  /// without `bias`, {}, there is none.
  Value dense(const std::string& name, Value x, const Dense& dense);

  /// Windows of `kernel` pixels, `stride` apart.
  Value max_pool(const std::string& name, Value x, Extent2d kernel, Extent2d stride, Pad pad = Pad::valid);

  struct MaxPool {
    std::string name;
    Extent2d kernel, stride;
    Pad pad = Pad::valid;
  };
  /// conv() and max_pool(), in one pass (kernels/ops/convolution/conv2d_max_pool.h): the same layers, parameters and
  /// numbers.
  Value conv_max_pool(const std::string& name, Value x, const Conv& conv, const MaxPool& pool);

  /// A trainable tensor that belongs to no layer.
  Value parameter(const std::string& name, const Shape& shape, Initializer initial);

  /// x [N, H, W, C] -> [N, H * W * C].
  Value flatten(Value x);

  struct BatchNorm {
    double momentum = 0.1;  ///< the new statistics' share of the running ones
    double eps = 1e-5;
    Activation activation = Activation::none;
  };
  /// x [..., C] -> like x, normalised channel by channel: in training by the statistics of the mini-batch, which the
  /// running ones take in, in evaluation by those. Parameters NAME.weight [C], 1 at the start, and NAME.bias [C], 0;
  /// buffers NAME.running_mean [C], 0, and NAME.running_var [C], 1, which all graphs of the store share. No parameter
  /// of it is among the kernels. Errors: x stands behind a flatten, where PyTorch's order of channels is another one.
  Value batch_norm(const std::string& name, Value x, const BatchNorm& norm);

  /// The mean of each channel over the pixels: x [N, H, W, C] -> [N, C].
  Value global_mean(const std::string& name, Value x);

  struct Embedding {
    std::int64_t rows, width;
    Initializer weight = {};
  };
  /// ids [...] i32 -> [..., width]; parameter NAME.weight [rows, width]. Without `weight`, glorot_uniform.
  Value embedding(const std::string& name, Value ids, const Embedding& embedding);

  struct Lstm {
    std::int64_t units;
    double forget_bias = 0;  ///< added to the forget gate at run time; no parameter
    Initializer weight_ih = {}, weight_hh = {}, bias = init::constant(0);
  };
  /// x [N, T, D] -> [N, T, units]; parameters NAME.weight_ih [4 units, D], NAME.weight_hh [4 units, units], NAME.bias
  /// [4 units], gates in the order i, f, g, o. Without weights' initializers, glorot_uniform of the joint kernel
  /// [D + units, 4 units]. Buffers NAME.h and NAME.c [N, units] carry the state from one mini-batch to the next: a step
  /// begins with what they hold and leaves there what it ends with; no gradient flows through them.
  Value lstm(const std::string& name, Value x, const Lstm& lstm);

  /// Drops elements in training, layer by layer and step by step others; in evaluation it is x.
  Value dropout(const std::string& name, Value x, double rate);

  Graph& graph() const { return *graph_; }
  Mode mode() const { return mode_; }

  /// The weights of all conv and dense layers so far: what DeepOBS regularises.
  const std::vector<Value>& kernels() const { return kernels_; }
  const std::vector<LayerRow>& rows() const { return rows_; }

 private:
  struct Parameters {
    Value weight;
    std::optional<Value> bias;
  };
  Parameters conv_parameters(const std::string& name, Value x, const Conv& conv);
  /// A buffer of float32 numbers that belongs to a layer as its parameters do: the same one in every graph of the
  /// store.
  /// Errors: the buffer of that name has another role, shape or initial value.
  Value state(const std::string& name, Role role, const Shape& shape, double fill);
  void add_conv_row(const std::string& name, const Conv& conv, const Parameters& parameters, const Shape& output);
  void add_max_pool_row(const MaxPool& pool, const Shape& output);

  /// `output` is that of a batch.
  void add_row(const std::string& name, const std::string& kind, const std::string& detail, const Shape& output,
               std::int64_t parameters);

  Graph* graph_;
  Mode mode_;
  ConvAlgorithm conv_algorithm_;
  std::uint32_t dropouts_ = 0;
  std::vector<Value> kernels_;
  std::string head_;  // the weights of the last dense layer so far; empty: there is none
  std::vector<LayerRow> rows_;
};

}  // namespace deepobs
