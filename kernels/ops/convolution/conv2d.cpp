#include "kernels/ops/convolution/conv2d.h"

#include <limits>

#include "engine/graph/autodiff.h"
#include "engine/graph/cost.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/activation/relu.h"
#include "kernels/ops/convolution/conv2d_rules.h"
#include "kernels/ops/elementwise/algebra.h"

namespace deepobs {

DEEPOBS_CPU_BODY(conv2d);
DEEPOBS_CPU_BODY(conv2d_data_gradient);
DEEPOBS_CPU_BODY(conv2d_weight_gradient);

namespace {

void gradient(const Node& node, Gradients& g);
void gradient_of_data_gradient(const Node& node, Gradients& g);
void gradient_of_weight_gradient(const Node& node, Gradients& g);

constexpr Operand operands[]{{"x"}, {"weight"}, {"bias"}};
const Op op{.name = "conv2d",
            .operands = operands,
            .cpu = bodies::conv2d,
            .gradient = gradient,
            .scratch = 0b10,
            .cost = conv2d_cost,
            .bf16 = {.needs = 0b1, .writes = 0b1}};
// In bf16, bodies for a GPU round the weights when they turn them round for the library.
const Op data_gradient_op{.name = "conv2d_data_gradient",
                          .cpu = bodies::conv2d_data_gradient,
                          .gradient = gradient_of_data_gradient,
                          .scratch = 0b10,
                          .cost = conv2d_cost,
                          .bf16 = {.needs = 0b1, .reads = 0b100, .writes = 0b1}};
const Op weight_gradient_op{.name = "conv2d_weight_gradient",
                            .cpu = bodies::conv2d_weight_gradient,
                            .gradient = gradient_of_weight_gradient,
                            .scratch = 0b100,
                            .cost = conv2d_cost,
                            .bf16 = {.needs = 0b11}};

Value forward(const ConvAttributes& attributes, Value x, Value w, std::optional<Value> b, Place at) {
  const auto& [geometry, relu, tiles, krsc] = attributes;
  std::vector<Value> in{x, w};
  if (b) in.push_back(*b);
  std::vector<Graph::Output> outputs{{attributes.output_shape()}};
  if (tiles) outputs.push_back({{transformed_weights_floats(tiles, geometry.c_in, geometry.c_out)}});
  return x.graph().record(op, std::move(in), outputs, Attributes::of(attributes), at).out[0];
}

/// With a gate, 0 where that is not positive.
Value data_gradient(const ConvAttributes& attributes, Value dz, Value w, std::optional<Value> gate, Place at) {
  const auto& [geometry, relu, tiles, krsc] = attributes;
  std::vector<Value> in{dz, w};
  if (gate) in.push_back(*gate);
  std::vector<Graph::Output> outputs{{{geometry.n, geometry.h, geometry.w, geometry.c_in}}};
  if (tiles) outputs.push_back({{transformed_weights_floats(tiles, geometry.c_out, geometry.c_in)}});
  return dz.graph().record(data_gradient_op, std::move(in), outputs, Attributes::of(attributes), at).out[0];
}

struct WeightGradient {
  Value dw, db;
};
/// db is empty, [0], where there is no bias.
WeightGradient weight_gradient(const ConvAttributes& attributes, Value x, Value dz, bool has_bias, Place at) {
  const auto& [geometry, relu, tiles, krsc] = attributes;
  const Shape w{geometry.kh, geometry.kw, geometry.c_in, geometry.c_out}, b{has_bias ? geometry.c_out : 0};
  const Shape workspace{tiles ? transformed_gradient_floats(tiles, geometry)
                              : conv_weight_gradient_workspace_floats(geometry)};
  const auto& made =
      x.graph().record(weight_gradient_op, {x, dz}, {{w}, {b}, {workspace}}, Attributes::of(attributes), at);
  return {made.out[0], made.out[1]};
}

void gradient(const Node& node, Gradients& g) {
  const auto& attributes = node.attributes.as<ConvAttributes>();
  const Value dz = attributes.relu ? gradient_before_relu(g, node.out[0], node.place) : g.of_output();
  give_conv2d_gradients(attributes, dz, node, g);
}

// The three sums are each other's gradients, as those of matrices are.

ConvAttributes without_relu(const Node& node) {
  ConvAttributes attributes = node.attributes.as<ConvAttributes>();
  attributes.relu = false;
  return attributes;
}

void gradient_of_data_gradient(const Node& node, Gradients& g) {
  const Value dz = node.in[0], w = node.in[1];
  const ConvAttributes conv = without_relu(node);
  const bool gated = node.in.size() > 2;  // where the gate stops dx, nothing comes back
  const Value ddx = gated ? relu_gradient(g.of_output(), node.in[2], node.place) : g.of_output();
  if (g.wants(0)) g.give(0, forward(conv, ddx, w, {}, node.place));
  if (g.wants(1)) g.give(1, weight_gradient(conv, ddx, dz, false, node.place).dw);
}

void gradient_of_weight_gradient(const Node& node, Gradients& g) {
  const Value x = node.in[0], dz = node.in[1];
  const ConvAttributes conv = without_relu(node);
  const bool of_bias = g.has_output(1);
  if (!g.has_output(0)) {  // every pixel of dz is a term of its channel's bias
    if (g.wants(1)) g.give(1, bias_add(constant(x.graph(), dz.shape(), 0., node.place), g.of_output(1), node.place));
    return;
  }
  const Value ddw = g.of_output(0);
  if (g.wants(0)) g.give(0, data_gradient(conv, dz, ddw, {}, node.place));
  if (g.wants(1)) g.give(1, forward(conv, x, ddw, of_bias ? std::optional(g.of_output(1)) : std::nullopt, node.place));
}

}  // namespace

Cost conv2d_cost(const Node& node) { return convolution_cost(node, node.attributes.as<ConvAttributes>()); }

Cost convolution_cost(const Node& node, const ConvAttributes& attributes) {
  const ConvGeometry& g = attributes.geometry;
  return cost_of_product(node, 2 * g.out_pixels() * g.c_out * g.window());
}

void give_conv2d_gradients(const ConvAttributes& attributes, Value dz, const Node& node, Gradients& g) {
  const Value x = node.in[0], w = node.in[1];
  const bool has_bias = node.in.size() > 2;
  if (g.wants(1) || (has_bias && g.wants(2))) {
    const auto [dw, db] = weight_gradient(attributes, x, dz, has_bias, node.place);
    g.give(1, dw);
    if (has_bias) g.give(2, db);
  }
  if (g.wants(0)) {
    const bool gated = g.rectified(0);
    g.give(0, data_gradient(attributes, dz, w, gated ? std::optional(x) : std::nullopt, node.place), gated);
  }
}

ConvGeometry conv_geometry(const Shape& x, const Shape& w, const Conv2d& options, std::string_view op_name,
                           const Place& at) {
  const Extent2d kernel(static_cast<int>(w[0]), static_cast<int>(w[1]));
  const auto placed = place_window(x, {.kernel = kernel, .stride = options.stride, .pad = options.pad}, op_name, at);
  return {.n = x[0],
          .h = x[1],
          .w = x[2],
          .c_in = x[3],
          .kh = kernel.h,
          .kw = kernel.w,
          .c_out = w[3],
          .stride_h = options.stride.h,
          .stride_w = options.stride.w,
          .pad_top = placed.padding.top,
          .pad_bottom = placed.padding.bottom,
          .pad_left = placed.padding.left,
          .pad_right = placed.padding.right,
          .out_h = placed.output.h,
          .out_w = placed.output.w};
}

ConvAttributes conv2d_attributes(Value x, Value w, std::optional<Value> b, const Conv2d& options,
                                 std::string_view op_name, const Place& at) {
  const auto check = [&](bool holds, const char* rule) {
    require(holds, Fault::usage, op_name, " at ", to_string(at), ": ", rule, "\n  x       ", x.described(),
            "\n  weight  ", w.described(), "\n  bias    ", b ? b->described() : "none");
  };
  check(x.shape().rank() == 4, "x must be [N, H, W, C]");
  check(w.shape().rank() == 4, "weight must be [kh, kw, C, K]");
  check(w.dim(2) == x.dim(3), "the third extent of weight must be the channel count of x");
  check(w.dim(2) >= 1 && w.dim(3) >= 1, "images must have at least one channel, before and behind");
  check(!b || b->shape() == Shape{w.dim(3)}, "bias must have one element for each output channel");
  constexpr std::int64_t most = std::numeric_limits<int>::max();
  check(w.dim(0) <= most && w.dim(1) <= most, "the kernel is too large");
  const ConvGeometry geometry = conv_geometry(x.shape(), w.shape(), options, op_name, at);
  return {geometry, options.relu, choose_tiles(geometry, options.algorithm)};
}

Value conv2d(Value x, Value w, std::optional<Value> b, const Conv2d& options, Place at) {
  const Value y = forward(conv2d_attributes(x, w, b, options, op.name, at), x, w, b, at);
  if (options.relu) x.graph().mark_rectified(y);
  return y;
}

}  // namespace deepobs
