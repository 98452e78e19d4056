#include "kernels/ops/elementwise/exp.h"

#include "engine/autodiff.h"
#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(exp);
DEEPOBS_CPU_BODY(exp_gradient);

namespace {

const Op gradient_op{.name = "exp_gradient", .cpu = bodies::exp_gradient, .in_place_input = 0};

void gradient(const Node& node, Gradients& g) {
  const Value dy = g.of_output();
  g.give(0, dy.graph().record_one(gradient_op, {dy, node.out[0]}, dy.shape(), {}, node.place));
}

constexpr Operand operands[]{{"x"}};
const Op op{.name = "exp", .operands = operands, .cpu = bodies::exp, .gradient = gradient, .in_place_input = 0};

}  // namespace

Value exp(Value x, Place at) { return x.graph().record_one(op, {x}, x.shape(), {}, at); }

}  // namespace deepobs
