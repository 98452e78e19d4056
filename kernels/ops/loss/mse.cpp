#include "kernels/ops/loss/mse.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/reduce.h"

namespace deepobs {

DEEPOBS_CPU_BODY(mse);
DEEPOBS_CPU_BODY(mse_gradient);

namespace {

void gradient_of_gradient(const Node& node, Gradients& g);

const Op gradient_op{.name = "mse_gradient", .cpu = bodies::mse_gradient, .gradient = gradient_of_gradient};

/// The gradient for the first of two operands, which the loss treats alike but for their order.
Value record_gradient(Value of, Value other, Value dloss, Place at) {
  return of.graph().record_one(gradient_op, {of, other, dloss}, of.shape(), {}, at);
}

void gradient_of_gradient(const Node& node, Gradients& g) {  // of 2 dloss / F * (of - other)
  const Value of = node.in[0], other = node.in[1], dloss = node.in[2], ddx = g.of_output();
  const Place at = node.place;
  if (g.wants(0) || g.wants(1)) {
    const Value dof = record_gradient(ddx, constant(ddx.graph(), ddx.shape(), 0., at), dloss, at);
    g.give(0, dof);
    if (g.wants(1)) g.give(1, scale(dof, -1., at));
  }
  if (g.wants(2)) {
    const auto features = static_cast<double>(of.shape().elements()) / static_cast<double>(of.dim(0));
    g.give(2, scale(sum_rows(multiply(ddx, subtract(of, other, at), at), at), 2. / features, at));
  }
}

void gradient(const Node& node, Gradients& g) {
  if (g.wants(0)) g.give(0, record_gradient(node.in[0], node.in[1], g.of_output(), node.place));
  if (g.wants(1)) g.give(1, record_gradient(node.in[1], node.in[0], g.of_output(), node.place));
}

constexpr Operand operands[]{{"prediction"}, {"target"}};
const Op op{.name = "mse", .operands = operands, .cpu = bodies::mse, .gradient = gradient};

}  // namespace

Value mse(Value prediction, Value target, Place at) {
  require(prediction.shape() == target.shape(), Fault::usage, "mse at ", to_string(at),
          ": prediction and target must be of one shape: ", prediction.described(), "; ", target.described());
  require(prediction.shape().rank() >= 1, Fault::usage, "mse at ", to_string(at),
          ": the first axis must be the batch: ", prediction.described());
  const std::int64_t examples = prediction.dim(0);
  require(examples == 0 || prediction.shape().elements() > 0, Fault::usage, "mse at ", to_string(at),
          ": there is no mean over no features: ", prediction.described());
  return prediction.graph().record_one(op, {prediction, target}, {examples}, {}, at);
}

}  // namespace deepobs
