#include "kernels/ops/elementwise/log.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/elementwise/algebra.h"

namespace deepobs {

DEEPOBS_CPU_BODY(log);
DEEPOBS_CPU_BODY(log_gradient);

namespace {

Value log_gradient(Value dy, Value x, Place at);

void gradient_of_gradient(const Node& node, Gradients& g) {  // of dx = dy / x
  const Value x = node.in[1], through = log_gradient(g.of_output(), x, node.place);
  g.give(0, through);
  if (g.wants(1)) g.give(1, scale(multiply(through, node.out[0], node.place), -1., node.place));
}

const Op gradient_op{
    .name = "log_gradient", .cpu = bodies::log_gradient, .gradient = gradient_of_gradient, .in_place_input = 0};

Value log_gradient(Value dy, Value x, Place at) {
  return dy.graph().record_one(gradient_op, {dy, x}, dy.shape(), {}, at);
}

void gradient(const Node& node, Gradients& g) { g.give(0, log_gradient(g.of_output(), node.in[0], node.place)); }

constexpr Operand operands[]{{"x"}};
const Op op{.name = "log", .operands = operands, .cpu = bodies::log, .gradient = gradient, .in_place_input = 0};

}  // namespace

Value log(Value x, Place at) { return x.graph().record_one(op, {x}, x.shape(), {}, at); }

}  // namespace deepobs
