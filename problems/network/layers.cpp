#include "problems/network/layers.h"

#include <optional>

#include "kernels/ops/convolution/conv2d.h"
#include "kernels/ops/convolution/conv2d_max_pool.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/gather/embedding.h"
#include "kernels/ops/norm/batch_norm.h"
#include "kernels/ops/pool/avg_pool.h"
#include "kernels/ops/pool/max_pool.h"
#include "kernels/ops/random/dropout.h"
#include "kernels/ops/recurrent/lstm.h"
#include "kernels/ops/shape/reshape.h"
#include "kernels/ops/state/carry.h"

namespace deepobs {
namespace {

/// PyTorch keeps [out, in, kh, kw], the engine [kh, kw, in, out].
Border conv_border(Extent2d kernel, std::int64_t in, std::int64_t out) {
  return {{out, in, kernel.h, kernel.w}, {out, in, kernel.h, kernel.w}, {1, out, kernel.w * in * out, in * out}};
}

/// PyTorch keeps [out, in], the engine [in, out]; behind a flatten PyTorch counts inputs as (c, h, w), the engine (h,
/// w, c).
Border dense_border(std::int64_t in, std::int64_t out, const std::optional<Shape>& image) {
  if (!image) return {{out, in}, {out, in}, {1, out}};
  const std::int64_t h = (*image)[1], w = (*image)[2], c = (*image)[3];
  return {{out, in}, {out, c, h, w}, {1, out, w * c * out, c * out}};
}

/// The images [N, H, W, C] whose pixels are the features of x [N, F] in their order: those before a flatten, whatever
/// has been done to each of the numbers since (dropout, an activation). Nothing where x has been mixed or never was
/// images, or where the order is the same for PyTorch: one pixel, or one channel.
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
    const bool reshaped = node.op->is_alias() && shape.elements() == x.shape().elements();
    if (reshaped && shape.rank() == 4 && shape[0] == x.dim(0)) {
      const bool ordered = shape[1] * shape[2] == 1 || shape[3] == 1;
      return ordered ? std::nullopt : std::optional(shape);
    }
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

/// "3x3/2"; "1x7/1x2" where the strides differ.
std::string described(Extent2d kernel, Extent2d stride) {
  return text(kernel.h, 'x', kernel.w, '/', stride.h, stride.h == stride.w ? "" : text('x', stride.w));
}

Conv2d options_of(const Layers::Conv& conv, ConvAlgorithm algorithm) {
  return {.stride = conv.stride, .pad = conv.pad, .relu = conv.activation == Activation::relu, .algorithm = algorithm};
}

const char* described(Activation activation) { return activation == Activation::relu ? ", ReLU" : ""; }

}  // namespace

Layers::Parameters Layers::conv_parameters(const std::string& name, Value x, const Conv& conv) {
  const std::int64_t in = x.dim(3), area = std::int64_t{conv.kernel.h} * conv.kernel.w;
  const Value weight =
      graph_->parameter(name + ".weight", {conv.kernel.h, conv.kernel.w, in, conv.channels},
                        conv.weight ? conv.weight : init::glorot_normal(area * in, area * conv.channels),
                        conv_border(conv.kernel, in, conv.channels));
  kernels_.push_back(weight);
  if (!conv.bias) return {weight, {}};
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
  if (!head_.empty()) graph_->store().set_kind(head_, ParameterKind::matrix);
  head_ = name + ".weight";  // until another one comes
  graph_->store().set_kind(head_, ParameterKind::head);
  std::optional<Value> bias;
  if (dense.bias) bias = graph_->parameter(name + ".bias", {dense.units}, dense.bias);
  const Value y = linear(x, weight, bias, {.relu = dense.activation == Activation::relu});
  kernels_.push_back(weight);
  add_row(name, "dense", dense.activation == Activation::relu ? "ReLU" : "", y.shape(),
          weight.shape().elements() + (bias ? dense.units : 0));
  return y;
}

Value Layers::max_pool(const std::string& name, Value x, Extent2d kernel, Extent2d stride, Pad pad) {
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

Value Layers::batch_norm(const std::string& name, Value x, const BatchNorm& norm) {
  graph_->set_label(name);
  require(x.shape().rank() != 2 || !images_behind(x), Fault::usage, "batch norm '", name,
          "': behind a flatten PyTorch counts channels in another order; normalise before it: ", x.described());
  const Shape row{x.dim(x.shape().rank() - 1)};
  const Value weight = graph_->parameter(name + ".weight", row, init::constant(1));
  const Value bias = graph_->parameter(name + ".bias", row, init::constant(0));
  for (const char* part : {".weight", ".bias"}) graph_->store().set_kind(name + part, ParameterKind::norm);
  const Value mean = state(name + ".running_mean", Role::statistics, row, 0);
  const Value variance = state(name + ".running_var", Role::statistics, row, 1);
  const deepobs::BatchNorm options{.eps = norm.eps, .relu = norm.activation == Activation::relu};
  Value y;
  if (mode_ == Mode::train) {
    const BatchNormed normed = deepobs::batch_norm(x, weight, bias, options);
    track_statistics(normed, mean, variance, norm.momentum);
    y = normed.y;
  } else {
    y = batch_norm_by(x, weight, bias, mean, variance, options);
  }
  add_row(name, "batch norm", text("momentum ", norm.momentum, ", eps ", norm.eps, described(norm.activation)),
          y.shape(), 2 * row.elements());
  return y;
}

Value Layers::global_mean(const std::string& name, Value x) {
  graph_->set_label(name);
  const Value y = deepobs::flatten(global_avg_pool(x));
  add_row(name, "global mean", "", y.shape(), 0);
  return y;
}

Value Layers::embedding(const std::string& name, Value ids, const Embedding& embedding) {
  graph_->set_label(name);
  const auto [rows, width, initial] = embedding;
  const Value weight =
      graph_->parameter(name + ".weight", {rows, width}, initial ? initial : init::glorot_uniform(rows, width));
  graph_->store().set_kind(name + ".weight", ParameterKind::embedding);
  const Value y = deepobs::embedding(ids, weight);
  add_row(name, "embedding", text(rows, " rows"), y.shape(), weight.shape().elements());
  return y;
}

Value Layers::lstm(const std::string& name, Value x, const Lstm& lstm) {
  graph_->set_label(name);
  require(x.shape().rank() == 3, Fault::usage, "lstm '", name, "': x must be [N, T, D], not ", x.described());
  const std::int64_t in = x.dim(2), units = lstm.units;
  const auto joint = init::glorot_uniform(in + units, 4 * units);
  const Value weight_ih = graph_->parameter(name + ".weight_ih", {in, 4 * units},
                                            lstm.weight_ih ? lstm.weight_ih : joint, dense_border(in, 4 * units, {}));
  const Value weight_hh =
      graph_->parameter(name + ".weight_hh", {units, 4 * units}, lstm.weight_hh ? lstm.weight_hh : joint,
                        dense_border(units, 4 * units, {}));
  const Value bias = graph_->parameter(name + ".bias", {4 * units}, lstm.bias);
  const Shape state_shape{x.dim(0), units};
  const Value h = state(name + ".h", Role::carried, state_shape, 0);
  const Value c = state(name + ".c", Role::carried, state_shape, 0);
  const LstmOutput made = deepobs::lstm(x, {weight_ih, weight_hh, bias}, h, c, {.forget_bias = lstm.forget_bias});
  carry(made.h, h);
  carry(made.c, c);
  add_row(name, "lstm", lstm.forget_bias == 0 ? "" : text("forget bias ", lstm.forget_bias), made.y.shape(),
          weight_ih.shape().elements() + weight_hh.shape().elements() + bias.shape().elements());
  return made.y;
}

Value Layers::dropout(const std::string& name, Value x, double rate) {
  graph_->set_label(name);
  const Value y = mode_ == Mode::train ? deepobs::dropout(x, rate, dropouts_++) : x;
  add_row(name, "dropout", text("rate ", rate), y.shape(), 0);
  return y;
}

Value Layers::state(const std::string& name, Role role, const Shape& shape, double fill) {
  return graph_->buffer(graph_->store().shared_buffer({.name = name, .role = role, .shape = shape, .fill = fill}));
}

void Layers::add_conv_row(const std::string& name, const Conv& conv, const Parameters& parameters,
                          const Shape& output) {
  add_row(name, "conv",
          text(described(conv.kernel, conv.stride), ", ", described(conv.pad), described(conv.activation)), output,
          parameters.weight.shape().elements() + (parameters.bias ? conv.channels : 0));
}

void Layers::add_max_pool_row(const MaxPool& pool, const Shape& output) {
  add_row(pool.name, "max pool", text(described(pool.kernel, pool.stride), ", ", described(pool.pad)), output, 0);
}

void Layers::add_row(const std::string& name, const std::string& kind, const std::string& detail, const Shape& output,
                     std::int64_t parameters) {
  graph_->set_label("");
  rows_.push_back({name, kind, detail, example_shape(output), parameters});
}

}  // namespace deepobs
