#include "kernels/ops/convolution/conv2d_max_pool.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/activation/relu.h"
#include "kernels/ops/convolution/conv2d_rules.h"
#include "kernels/ops/pool/max_pool.h"

namespace deepobs {

DEEPOBS_CPU_BODY(conv2d_max_pool);
DEEPOBS_CPU_BODY(conv2d_max_pool_weight_gradient);

namespace {

std::int64_t winner_limit(const Node& node) {
  return places_of_every_window(node.attributes.as<ConvMaxPoolAttributes>().pool);
}
constexpr Operand weight_gradient_operands[]{{"x"}, {"dy"}, {"winners", Type::u8, winner_limit}};
const Op weight_gradient_op{.name = "conv2d_max_pool_weight_gradient",
                            .operands = weight_gradient_operands,
                            .cpu = bodies::conv2d_max_pool_weight_gradient,
                            .scratch = 0b100,
                            .cost = conv2d_max_pool_cost,
                            .bf16 = {.needs = 0b1, .reads = 0b10}};

void gradient(const Node& node, Gradients& g) {
  const Value x = node.in[0], w = node.in[1], y = node.out[0], winners = node.out[1];
  const bool has_bias = node.in.size() > 2;
  const auto& [conv, pool] = node.attributes.as<ConvMaxPoolAttributes>();
  // The relu's gradient is taken here, where there are fewer elements: a winner is as positive as its window's output.
  const Value dy = conv.relu ? gradient_before_relu(g, y, node.place) : g.of_output();
  if (g.wants(0) || conv.tiles) {
    give_conv2d_gradients(conv, max_pool_gradient(dy, winners, conv.output_shape(), pool, node.place), node, g);
    return;
  }
  const Shape bias{has_bias ? conv.geometry.c_out : 0}, workspace{conv_weight_gradient_workspace_floats(conv.geometry)};
  const auto& made = x.graph().record(weight_gradient_op, {x, dy, winners}, {{w.shape()}, {bias}, {workspace}},
                                      node.attributes, node.place);
  const Value dw = made.out[0], db = made.out[1];
  g.give(1, dw);
  if (has_bias) g.give(2, db);
}

constexpr Operand operands[]{{"x"}, {"weight"}, {"bias"}};
constexpr Bf16Use bf16_use{.needs = 0b1, .writes = 0b1};
const Op op{.name = "conv2d_max_pool",
            .operands = operands,
            .cpu = bodies::conv2d_max_pool,
            .gradient = gradient,
            .scratch = 0b100,
            .cost = conv2d_max_pool_cost,
            .bf16 = bf16_use};
const Op evaluation_op{.name = "conv2d_max_pool",
                       .operands = operands,
                       .cpu = bodies::conv2d_max_pool,
                       .scratch = 0b10,
                       .cost = conv2d_max_pool_cost,
                       .bf16 = bf16_use};

}  // namespace

Cost conv2d_max_pool_cost(const Node& node) {
  return convolution_cost(node, node.attributes.as<ConvMaxPoolAttributes>().conv);
}

Node conv2d_max_pool_node(const Node& conv, const Node& pool) {
  const ConvMaxPoolAttributes both{conv.attributes.as<ConvAttributes>(), pool.attributes.as<WindowGeometry>()};
  return {&op, conv.in, pool.out, Attributes::of(both), conv.label, conv.place};
}

Value conv2d_max_pool(Value x, Value w, std::optional<Value> b, const Conv2dMaxPool& options, Place at) {
  const ConvAttributes conv = conv2d_attributes(x, w, b, options.conv, op.name, at);
  const WindowGeometry pool = place_window(conv.output_shape(), options.pool, op.name, at);
  const bool fits = conv.tiles ? images_fit_behind_tiles(conv.geometry) : cut_into_images(conv.geometry).has_value();
  if (!fits || winner_type(pool, op.name, at) != Type::u8)
    return max_pool(conv2d(x, w, b, options.conv, at), options.pool, at);

  const Shape shape{conv.geometry.n, pool.output.h, pool.output.w, conv.geometry.c_out};
  std::vector<Graph::Output> outputs{{shape}};
  if (options.differentiable) outputs.push_back({shape, Type::u8});
  if (conv.tiles)
    outputs.push_back({{transformed_weights_floats(conv.tiles, conv.geometry.c_in, conv.geometry.c_out)}});
  std::vector<Value> in{x, w};
  if (b) in.push_back(*b);
  const Value y = x.graph()
                      .record(options.differentiable ? op : evaluation_op, std::move(in), outputs,
                              Attributes::of(ConvMaxPoolAttributes{conv, pool}), at)
                      .out[0];
  if (conv.relu) x.graph().mark_rectified(y);
  return y;
}

}  // namespace deepobs
