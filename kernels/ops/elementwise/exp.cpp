#include "kernels/ops/elementwise/exp.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(exp);
DEEPOBS_CPU_BODY(exp_gradient);

namespace {

Value exp_gradient(Value dy, Value y, Place at);

void gradient_of_gradient(const Node& node, Gradients& g) {  // of dy * y
  if (g.wants(0)) g.give(0, exp_gradient(g.of_output(), node.in[1], node.place));
  if (g.wants(1)) g.give(1, exp_gradient(g.of_output(), node.in[0], node.place));
}

const Op gradient_op{
    .name = "exp_gradient", .cpu = bodies::exp_gradient, .gradient = gradient_of_gradient, .in_place_input = 0};

Value exp_gradient(Value dy, Value y, Place at) {
  return dy.graph().record_one(gradient_op, {dy, y}, dy.shape(), {}, at);
}

void gradient(const Node& node, Gradients& g) { g.give(0, exp_gradient(g.of_output(), node.out[0], node.place)); }

constexpr Operand operands[]{{"x"}};
const Op op{.name = "exp", .operands = operands, .cpu = bodies::exp, .gradient = gradient, .in_place_input = 0};

}  // namespace

Value exp(Value x, Place at) { return x.graph().record_one(op, {x}, x.shape(), {}, at); }

}  // namespace deepobs
