#include "kernels/ops/dense/linear.h"

#include "engine/graph/autodiff.h"
#include "engine/graph/cost.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/activation/relu.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/product/gemm_workspace.h"

namespace deepobs {

DEEPOBS_CPU_BODY(linear);
DEEPOBS_CPU_BODY(linear_data_gradient);
DEEPOBS_CPU_BODY(linear_weight_gradient);
DEEPOBS_CPU_BODY(linear_weight_update);

namespace {

/// Operations of a product: each element of y, or of dz in its place, meets one column of w.
std::int64_t flops(Value y, std::int64_t features) { return 2 * y.shape().elements() * features; }

Cost forward_cost(const Node& node) { return cost_of_product(node, flops(node.out[0], node.in[1].dim(0))); }
Cost data_gradient_cost(const Node& node) { return cost_of_product(node, flops(node.in[0], node.in[1].dim(0))); }
Cost weight_gradient_cost(const Node& node) { return cost_of_product(node, flops(node.in[1], node.out[0].dim(0))); }

/// Of the flat buffers behind x and dz, one for the parameters and one for each slot, a node changes its weights' part.
Cost weight_update_cost(const Node& node) {
  const Value x = node.in[0], dz = node.in[1];
  const auto streams = static_cast<std::int64_t>(node.in.size()) - 2;
  const std::int64_t changed = streams * x.dim(1) * dz.dim(1) * bytes_of(Type::f32);
  const std::int64_t read = bytes_of(x) + bytes_of(dz) + changed;
  return {.flops = flops(dz, x.dim(1)), .bytes_read = read, .bytes_written_in_place = changed, .footprint = read};
}

void gradient(const Node& node, Gradients& g);
void gradient_of_data_gradient(const Node& node, Gradients& g);
void gradient_of_weight_gradient(const Node& node, Gradients& g);

constexpr Operand operands[]{{"x"}, {"weight"}, {"bias"}};
const Op op{.name = "linear",
            .operands = operands,
            .cpu = bodies::linear,
            .gradient = gradient,
            .scratch = 0b10,
            .cost = forward_cost,
            .bf16 = {.needs = 0b11, .like_output = 0b100, .writes = 0b1}};
const Op data_gradient_op{.name = "linear_data_gradient",
                          .cpu = bodies::linear_data_gradient,
                          .gradient = gradient_of_data_gradient,
                          .scratch = 0b10,
                          .cost = data_gradient_cost,
                          .bf16 = {.needs = 0b11, .reads = 0b100, .writes = 0b1}};
const Op weight_update_op{.name = "linear_weight_update",
                          .cpu = bodies::linear_weight_update,
                          .changes = ~0b11u,  // all but x and dz
                          .cost = weight_update_cost};
const Op weight_gradient_op{.name = "linear_weight_gradient",
                            .cpu = bodies::linear_weight_gradient,
                            .gradient = gradient_of_weight_gradient,
                            .scratch = 0b10,
                            .updating = &weight_update_op,
                            .cost = weight_gradient_cost,
                            .bf16 = {.needs = 0b11}};

/// One output and, behind it, the scratch memory that a product [m, k] [k, n] needs.
Value record_product(const Op& kind, std::vector<Value> in, const Shape& shape, std::int64_t m, std::int64_t n,
                     std::int64_t k, Attributes attributes, Place at) {
  Graph& graph = in[0].graph();
  return graph.record(kind, std::move(in), {{shape}, {{gemm_workspace_floats(m, n, k)}}}, std::move(attributes), at)
      .out[0];
}

/// dz w^T; with a gate, 0 where that is not positive.
Value data_gradient(Value dz, Value w, std::optional<Value> gate, Place at) {
  std::vector<Value> in{dz, w};
  if (gate) in.push_back(*gate);
  const std::int64_t n = dz.dim(0), f = w.dim(0), k = w.dim(1);
  return record_product(data_gradient_op, std::move(in), {n, f}, n, f, k, {}, at);
}

/// x^T dz.
Value weight_gradient(Value x, Value dz, Place at) {
  const std::int64_t n = x.dim(0), f = x.dim(1), k = dz.dim(1);
  return record_product(weight_gradient_op, {x, dz}, {f, k}, f, k, n, {}, at);
}

void gradient(const Node& node, Gradients& g) {
  const Value x = node.in[0], w = node.in[1], y = node.out[0];
  const Value dz = node.attributes.as<LinearOptions>().relu ? gradient_before_relu(g, y, node.place) : g.of_output();
  if (node.in.size() > 2 && g.wants(2)) g.give(2, sum_columns(dz, node.place));
  if (g.wants(1)) g.give(1, weight_gradient(x, dz, node.place));
  if (g.wants(0)) {
    const bool gated = g.rectified(0);
    g.give(0, data_gradient(dz, w, gated ? std::optional(x) : std::nullopt, node.place), gated);
  }
}

// The three products are each other's gradients: of y = a b, da = dy b^T and db = a^T dy.

void gradient_of_data_gradient(const Node& node, Gradients& g) {
  const Value dz = node.in[0], w = node.in[1];
  const bool gated = node.in.size() > 2;  // where the gate stops dx, nothing comes back
  const Value ddx = gated ? relu_gradient(g.of_output(), node.in[2], node.place) : g.of_output();
  if (g.wants(0)) g.give(0, linear(ddx, w, {}, {}, node.place));
  if (g.wants(1)) g.give(1, weight_gradient(ddx, dz, node.place));
}

void gradient_of_weight_gradient(const Node& node, Gradients& g) {
  const Value x = node.in[0], dz = node.in[1], ddw = g.of_output();
  if (g.wants(0)) g.give(0, data_gradient(dz, ddw, {}, node.place));
  if (g.wants(1)) g.give(1, linear(x, ddw, {}, {}, node.place));
}

}  // namespace

Value linear(Value x, Value w, std::optional<Value> b, const LinearOptions& options, Place at) {
  const auto check = [&](bool holds, const char* rule) {
    require(holds, Fault::usage, "linear at ", to_string(at), ": ", rule, "\n  x       ", x.described(), "\n  weight  ",
            w.described(), "\n  bias    ", b ? b->described() : "none");
  };
  check(x.shape().rank() == 2, "x must be [N, F]");
  check(w.shape().rank() == 2, "weight must be [F, K]");
  check(x.dim(1) == w.dim(0), "weight must have as many rows as x has features");
  check(!b || b->shape() == Shape{w.dim(1)}, "bias must have one element for each column of weight");
  std::vector<Value> in{x, w};
  if (b) in.push_back(*b);
  const Value y = record_product(op, std::move(in), {x.dim(0), w.dim(1)}, x.dim(0), w.dim(1), x.dim(1),
                                 Attributes::of(options), at);
  if (options.relu) x.graph().mark_rectified(y);
  return y;
}

Value linear_weight_gradient(Value x, Value dz, Place at) {
  require(x.shape().rank() == 2 && dz.shape().rank() == 2 && x.dim(0) == dz.dim(0), Fault::usage,
          weight_gradient_op.name, " at ", to_string(at), ": x must be [N, F] and dz [N, K]: ", x.described(), "; ",
          dz.described());
  return weight_gradient(x, dz, at);
}

}  // namespace deepobs
