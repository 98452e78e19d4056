#include "problems/models/layers.h"

#include <optional>

#include "kernels/ops/convolution/conv2d.h"
#include "kernels/ops/convolution/conv2d_max_pool.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/pool/max_pool.h"
#include "kernels/ops/shape/reshape.h"

namespace deepobs {
namespace {

/// PyTorch keeps [out, in, kh, kw], the engine [kh, kw, in, out].
Border conv_border(std::int64_t kernel, std::int64_t in, std::int64_t out) {
  return {{out, in, kernel, kernel}, {out, in, kernel, kernel}, {1, out, kernel * in * out, in * out}};
}

/// PyTorch keeps [out, in], the engine [in, out]; behind a flatten PyTorch counts inputs as (c, h, w), the engine (h,
/// w, c).
Border dense_border(std::int64_t in, std::int64_t out, const std::optional<Shape>& image) {
  if (!image) return {{out, in}, {out, in}, {1, out}};
  const std::int64_t h = (*image)[1], w = (*image)[2], c = (*image)[3];
  return {{out, in}, {out, c, h, w}, {1, out, w * c * out, c * out}};
}

/// The images [N, H, W, C] whose pixels are the features of x [N, F] in their order: those before a flatten, whatever has
/// been done to each of the numbers since (dropout, an activation). Nothing where x has been mixed, or never was images.
std::optional<Shape> images_behind(Value x) {
  const Graph& graph = x.graph();
  for (;;) {
    const int producer = graph.info(x).producer;
    if (producer < 0) return {};
    const Node& node = graph.nodes()[static_cast<std::size_t>(producer)];
    // What may be computed in place of an operand of its shape has the same order as that.
    const std::size_t from = node.op->is_alias() ? 0 : static_cast<std::size_t>(node.op->in_place_input);
    if (node.out[0] != x || from >= node.in.size()) return {};
    const Value before = node.in[from];
    const Shape& shape = before.shape();
    if (node.op->is_alias() && shape.rank() == 4 && shape[0] == x.dim(0)) return shape;
    if (shape != x.shape()) return {};
    x = before;
  }
}

/// [C, H, W] or [F] of one example.
Shape example_shape(const Shape& batch) {
  if (batch.rank() == 4) return {batch[3], batch[1], batch[2]};
  return Shape(batch.extents().subspan(1));
}

std::string described(const Pad& pad) {
  if (pad.is_same()) return "same";
  if (pad == Pad::valid) return "valid";
  const auto& [top, bottom, left, right] = pad.given();
  return text("padded ", top, ' ', bottom, ' ', left, ' ', right);
}

Conv2d options_of(const Layers::Conv& conv, ConvAlgorithm algorithm) {
  return {.stride = conv.stride, .pad = conv.pad, .relu = conv.activation == Activation::relu, .algorithm = algorithm};
}

const char* described(Activation activation) { return activation == Activation::relu ? ", ReLU" : ""; }

}  // namespace

Layers::Parameters Layers::conv_parameters(const std::string& name, Value x, const Conv& conv) {
  const std::int64_t in = x.dim(3), area = std::int64_t{conv.kernel} * conv.kernel;
  const Value weight =
      graph_->parameter(name + ".weight", {conv.kernel, conv.kernel, in, conv.channels},
                        conv.weight ? conv.weight : init::glorot_normal(area * in, area * conv.channels),
                        conv_border(conv.kernel, in, conv.channels));
  kernels_.push_back(weight);
  return {weight, graph_->parameter(name + ".bias", {conv.channels}, conv.bias)};
}

Value Layers::conv(const std::string& name, Value x, const Conv& conv) {
  graph_->set_label(name);
  const auto parameters = conv_parameters(name, x, conv);
  const Value y = conv2d(x, parameters.weight, parameters.bias, options_of(conv, conv_algorithm_));
  add_conv_row(name, conv, parameters, y.shape());
  return y;
}

Value Layers::conv_max_pool(const std::string& name, Value x, const Conv& conv, const MaxPool& pool) {
  graph_->set_label(name);
  const auto parameters = conv_parameters(name, x, conv);
  const Value y = conv2d_max_pool(x, parameters.weight, parameters.bias,
                                  {.conv = options_of(conv, conv_algorithm_),
                                   .pool = {.kernel = pool.kernel, .stride = pool.stride, .pad = pool.pad},
                                   .differentiable = mode_ == Mode::train});
  const Extent2d pixels =
      place_window(x.shape(), {.kernel = conv.kernel, .stride = conv.stride, .pad = conv.pad}, name, Place::current())
          .output;
  add_conv_row(name, conv, parameters, {x.dim(0), pixels.h, pixels.w, conv.channels});
  add_max_pool_row(pool, y.shape());
  return y;
}

Value Layers::dense(const std::string& name, Value x, const Dense& dense) {
  const std::int64_t in = x.dim(1);
  graph_->set_label(name);
  const Value weight = graph_->parameter(name + ".weight", {in, dense.units},
                                         dense.weight ? dense.weight : init::glorot_uniform(in, dense.units),
                                         dense_border(in, dense.units, images_behind(x)));
  const Value bias = graph_->parameter(name + ".bias", {dense.units}, dense.bias);
  const Value y = linear(x, weight, bias, {.relu = dense.activation == Activation::relu});
  kernels_.push_back(weight);
  add_row(name, "dense", dense.activation == Activation::relu ? "ReLU" : "", y.shape(),
          weight.shape().elements() + dense.units);
  return y;
}

Value Layers::max_pool(const std::string& name, Value x, int kernel, int stride, Pad pad) {
  graph_->set_label(name);
  const Value y = deepobs::max_pool(x, {.kernel = kernel, .stride = stride, .pad = pad});
  add_max_pool_row({name, kernel, stride, pad}, y.shape());
  return y;
}

Value Layers::parameter(const std::string& name, const Shape& shape, Initializer initial) {
  const Value made = graph_->parameter(name, shape, std::move(initial));
  rows_.push_back({name, "parameter", "", shape, shape.elements()});
  return made;
}

Value Layers::flatten(Value x) {
  graph_->set_label("flatten");
  const Value y = deepobs::flatten(x);
  add_row("flatten", "reshape", "", y.shape(), 0);
  return y;
}

void Layers::add_conv_row(const std::string& name, const Conv& conv, const Parameters& parameters,
                          const Shape& output) {
  add_row(name, "conv",
          text(conv.kernel, "x", conv.kernel, "/", conv.stride, ", ", described(conv.pad), described(conv.activation)),
          output, parameters.weight.shape().elements() + conv.channels);
}

void Layers::add_max_pool_row(const MaxPool& pool, const Shape& output) {
  add_row(pool.name, "max pool", text(pool.kernel, "x", pool.kernel, "/", pool.stride, ", ", described(pool.pad)),
          output, 0);
}

void Layers::add_row(const std::string& name, const std::string& kind, const std::string& detail, const Shape& output,
                     std::int64_t parameters) {
  graph_->set_label("");
  rows_.push_back({name, kind, detail, example_shape(output), parameters});
}

}  // namespace deepobs
