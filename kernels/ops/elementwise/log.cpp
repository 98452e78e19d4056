#include "kernels/ops/elementwise/log.h"

#include "engine/autodiff.h"
#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(log);
DEEPOBS_CPU_BODY(log_gradient);

namespace {

const Op gradient_op{.name = "log_gradient", .cpu = bodies::log_gradient, .in_place_input = 0};

void gradient(const Node& node, Gradients& g) {
  const Value dy = g.of_output();
  g.give(0, dy.graph().record_one(gradient_op, {dy, node.in[0]}, dy.shape(), {}, node.place));
}

constexpr Operand operands[]{{"x"}};
const Op op{.name = "log", .operands = operands, .cpu = bodies::log, .gradient = gradient, .in_place_input = 0};

}  // namespace

Value log(Value x, Place at) { return x.graph().record_one(op, {x}, x.shape(), {}, at); }

}  // namespace deepobs
