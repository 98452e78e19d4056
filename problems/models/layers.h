#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/graph.h"
#include "kernels/convolution/conv_algorithm.h"
#include "kernels/windows/padding.h"
#include "problems/models/initializers.h"

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
    int kernel = 3, stride = 1;
    Pad pad = Pad::valid;
    Activation activation = Activation::relu;
    Initializer weight = {}, bias = init::constant(0);
  };
  /// x [N, H, W, C] -> [N, H', W', channels]; parameters NAME.weight [channels, C, kernel, kernel], NAME.bias
  /// [channels]. Without `weight`, glorot_normal.
  Value conv(const std::string& name, Value x, const Conv& conv);

  struct Dense {
    std::int64_t units;
    Activation activation = Activation::none;
    Initializer weight = {}, bias = init::constant(0);
  };
  /// x [N, F] -> [N, units]; parameters NAME.weight [units, F], NAME.bias [units]. Without `weight`, glorot_uniform.
  Value dense(const std::string& name, Value x, const Dense& dense);

  /// Windows of kernel x kernel, `stride` apart.
  Value max_pool(const std::string& name, Value x, int kernel, int stride, Pad pad = Pad::valid);

  struct MaxPool {
    std::string name;
    int kernel, stride;
    Pad pad = Pad::valid;
  };
  /// conv() and max_pool(), in one pass (kernels/ops/convolution/conv2d_max_pool.h): the same layers, parameters and
  /// numbers.
  Value conv_max_pool(const std::string& name, Value x, const Conv& conv, const MaxPool& pool);

  /// A trainable tensor that belongs to no layer.
  Value parameter(const std::string& name, const Shape& shape, Initializer initial);

  /// x [N, H, W, C] -> [N, H * W * C].
  Value flatten(Value x);

  Graph& graph() const { return *graph_; }
  Mode mode() const { return mode_; }

  /// The weights of all conv and dense layers so far: what DeepOBS regularises.
  const std::vector<Value>& kernels() const { return kernels_; }
  const std::vector<LayerRow>& rows() const { return rows_; }

 private:
  struct Parameters {
    Value weight, bias;
  };
  Parameters conv_parameters(const std::string& name, Value x, const Conv& conv);
  void add_conv_row(const std::string& name, const Conv& conv, const Parameters& parameters, const Shape& output);
  void add_max_pool_row(const MaxPool& pool, const Shape& output);

  /// `output` is that of a batch.
  void add_row(const std::string& name, const std::string& kind, const std::string& detail, const Shape& output,
               std::int64_t parameters);

  Graph* graph_;
  Mode mode_;
  ConvAlgorithm conv_algorithm_;
  std::vector<Value> kernels_;
  std::vector<LayerRow> rows_;
};

}  // namespace deepobs
