#include "kernels/ops/dense/linear.h"

#include "engine/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/product/gemm_workspace.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/activation/relu.h"

namespace deepobs {

DEEPOBS_CPU_BODY(linear);
DEEPOBS_CPU_BODY(linear_data_gradient);
DEEPOBS_CPU_BODY(linear_weight_gradient);
DEEPOBS_CPU_BODY(linear_weight_update);

namespace {

const Op data_gradient_op{.name = "linear_data_gradient",
                          .cpu = bodies::linear_data_gradient,
                          .scratch = 0b10,
                          .bf16 = {.needs = 0b11, .reads = 0b100, .writes = 0b1}};
const Op weight_update_op{
    .name = "linear_weight_update", .cpu = bodies::linear_weight_update, .changes = ~0b11u};  // all but x and dz
const Op weight_gradient_op{.name = "linear_weight_gradient",
                            .cpu = bodies::linear_weight_gradient,
                            .scratch = 0b10,
                            .updating = &weight_update_op,
                            .bf16 = {.needs = 0b11}};

/// One output and, behind it, the scratch memory that a product [m, k] [k, n] needs.
Value record_product(const Op& op, std::vector<Value> in, const Shape& shape, std::int64_t m, std::int64_t n,
                     std::int64_t k, Attributes attributes, Place at) {
  Graph& graph = in[0].graph();
  return graph.record(op, std::move(in), {{shape}, {{gemm_workspace_floats(m, n, k)}}}, std::move(attributes), at)
      .out[0];
}

void gradient(const Node& node, Gradients& g) {
  const Value x = node.in[0], w = node.in[1], y = node.out[0];
  const std::int64_t n = x.dim(0), f = x.dim(1), k = w.dim(1);
  const Value dz = node.attributes.as<LinearOptions>().relu ? gradient_before_relu(g, y, node.place) : g.of_output();
  if (g.wants(2)) g.give(2, sum_columns(dz, node.place));
  if (g.wants(1)) g.give(1, linear_weight_gradient(x, dz, node.place));
  if (g.wants(0)) {
    std::vector<Value> in{dz, w};
    if (g.rectified(0)) in.push_back(x);
    g.give(0, record_product(data_gradient_op, std::move(in), x.shape(), n, f, k, {}, node.place), g.rectified(0));
  }
}

constexpr Operand operands[]{{"x"}, {"weight"}, {"bias"}};
const Op op{.name = "linear",
            .operands = operands,
            .cpu = bodies::linear,
            .gradient = gradient,
            .scratch = 0b10,
            .bf16 = {.needs = 0b11, .like_output = 0b100, .writes = 0b1}};

}  // namespace

Value linear(Value x, Value w, Value b, const LinearOptions& options, Place at) {
  const auto check = [&](bool holds, const char* rule) {
    require(holds, Fault::usage, "linear at ", to_string(at), ": ", rule, "\n  x       ", x.described(), "\n  weight  ",
            w.described(), "\n  bias    ", b.described());
  };
  check(x.shape().rank() == 2, "x must be [N, F]");
  check(w.shape().rank() == 2, "weight must be [F, K]");
  check(x.dim(1) == w.dim(0), "weight must have as many rows as x has features");
  check(b.shape() == Shape{w.dim(1)}, "bias must have one element for each column of weight");
  const Value y =
      record_product(op, {x, w, b}, {x.dim(0), w.dim(1)}, x.dim(0), w.dim(1), x.dim(1), Attributes::of(options), at);
  if (options.relu) x.graph().mark_rectified(y);
  return y;
}

Value linear_weight_gradient(Value x, Value dz, Place at) {
  require(x.shape().rank() == 2 && dz.shape().rank() == 2 && x.dim(0) == dz.dim(0), Fault::usage,
          weight_gradient_op.name, " at ", to_string(at), ": x must be [N, F] and dz [N, K]: ", x.described(), "; ",
          dz.described());
  const std::int64_t n = x.dim(0), f = x.dim(1), k = dz.dim(1);
  return record_product(weight_gradient_op, {x, dz}, {f, k}, f, k, n, {}, at);
}

}  // namespace deepobs
