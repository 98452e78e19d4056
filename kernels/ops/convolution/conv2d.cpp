#include "kernels/ops/convolution/conv2d.h"

#include <limits>

#include "engine/autodiff.h"
#include "kernels/ops/convolution/conv2d_rules.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/activation/relu.h"

namespace deepobs {

DEEPOBS_CPU_BODY(conv2d);
DEEPOBS_CPU_BODY(conv2d_data_gradient);
DEEPOBS_CPU_BODY(conv2d_weight_gradient);

namespace {

// In bf16, bodies for a GPU round the weights when they turn them round for the library.
const Op data_gradient_op{.name = "conv2d_data_gradient",
                          .cpu = bodies::conv2d_data_gradient,
                          .scratch = 0b10,
                          .bf16 = {.needs = 0b1, .reads = 0b100, .writes = 0b1}};
const Op weight_gradient_op{
    .name = "conv2d_weight_gradient", .cpu = bodies::conv2d_weight_gradient, .scratch = 0b100, .bf16 = {.needs = 0b11}};

void gradient(const Node& node, Gradients& g) {
  const auto& attributes = node.attributes.as<ConvAttributes>();
  const Value dz = attributes.relu ? gradient_before_relu(g, node.out[0], node.place) : g.of_output();
  give_conv2d_gradients(attributes, dz, node, g);
}

constexpr Operand operands[]{{"x"}, {"weight"}, {"bias"}};
const Op op{.name = "conv2d",
            .operands = operands,
            .cpu = bodies::conv2d,
            .gradient = gradient,
            .scratch = 0b10,
            .bf16 = {.needs = 0b1, .writes = 0b1}};

}  // namespace

void give_conv2d_gradients(const ConvAttributes& attributes, Value dz, const Node& node, Gradients& g) {
  const Value x = node.in[0], w = node.in[1], b = node.in[2];
  const auto& [geometry, relu, tiles, krsc] = attributes;
  if (g.wants(1) || g.wants(2)) {
    const Shape workspace{tiles ? transformed_gradient_floats(tiles, geometry)
                                : conv_weight_gradient_workspace_floats(geometry)};
    const auto& made = x.graph().record(weight_gradient_op, {x, dz}, {{w.shape()}, {b.shape()}, {workspace}},
                                        Attributes::of(attributes), node.place);
    const Value dw = made.out[0], db = made.out[1];
    g.give(1, dw);
    g.give(2, db);
  }
  if (g.wants(0)) {
    std::vector<Value> in{dz, w};
    if (g.rectified(0)) in.push_back(x);
    std::vector<Graph::Output> outputs{{x.shape()}};
    if (tiles) outputs.push_back({{transformed_weights_floats(tiles, geometry.c_out, geometry.c_in)}});
    const auto& made =
        x.graph().record(data_gradient_op, std::move(in), outputs, Attributes::of(attributes), node.place);
    const Value dx = made.out[0];
    g.give(0, dx, g.rectified(0));
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

ConvAttributes conv2d_attributes(Value x, Value w, Value b, const Conv2d& options, std::string_view op_name,
                                 const Place& at) {
  const auto check = [&](bool holds, const char* rule) {
    require(holds, Fault::usage, op_name, " at ", to_string(at), ": ", rule, "\n  x       ", x.described(),
            "\n  weight  ", w.described(), "\n  bias    ", b.described());
  };
  check(x.shape().rank() == 4, "x must be [N, H, W, C]");
  check(w.shape().rank() == 4, "weight must be [kh, kw, C, K]");
  check(w.dim(2) == x.dim(3), "the third extent of weight must be the channel count of x");
  check(w.dim(2) >= 1 && w.dim(3) >= 1, "images must have at least one channel, before and behind");
  check(b.shape() == Shape{w.dim(3)}, "bias must have one element for each output channel");
  constexpr std::int64_t most = std::numeric_limits<int>::max();
  check(w.dim(0) <= most && w.dim(1) <= most, "the kernel is too large");
  const ConvGeometry geometry = conv_geometry(x.shape(), w.shape(), options, op_name, at);
  return {geometry, options.relu, choose_tiles(geometry, options.algorithm)};
}

Value conv2d(Value x, Value w, Value b, const Conv2d& options, Place at) {
  const ConvAttributes attributes = conv2d_attributes(x, w, b, options, op.name, at);
  const auto& [g, relu, tiles, krsc] = attributes;
  std::vector<Graph::Output> outputs{{attributes.output_shape()}};
  if (tiles) outputs.push_back({{transformed_weights_floats(tiles, g.c_in, g.c_out)}});
  const Value y = x.graph().record(op, {x, w, b}, outputs, Attributes::of(attributes), at).out[0];
  if (relu) x.graph().mark_rectified(y);
  return y;
}

}  // namespace deepobs
