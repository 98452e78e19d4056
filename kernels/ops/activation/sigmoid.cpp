#include "kernels/ops/activation/sigmoid.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/elementwise/algebra.h"

namespace deepobs {

DEEPOBS_CPU_BODY(sigmoid);
DEEPOBS_CPU_BODY(sigmoid_gradient);

namespace {

Value sigmoid_gradient(Value dy, Value y, Place at);

void gradient_of_gradient(const Node& node, Gradients& g) {  // of dy * y * (1 - y)
  const Value dy = node.in[0], y = node.in[1], ddx = g.of_output();
  if (g.wants(0)) g.give(0, sigmoid_gradient(ddx, y, node.place));
  if (!g.wants(1)) return;
  const Value both = multiply(ddx, dy, node.place);
  g.give(1, subtract(both, scale(multiply(both, y, node.place), 2., node.place), node.place));
}

// Near 1 a bf16 y leaves nothing of 1 - y: the gradient reads it as float32.
const Op gradient_op{.name = "sigmoid_gradient",
                     .cpu = bodies::sigmoid_gradient,
                     .gradient = gradient_of_gradient,
                     .in_place_input = 0,
                     .bf16 = {.reads = 0b1, .writes = 0b1}};

Value sigmoid_gradient(Value dy, Value y, Place at) {
  return dy.graph().record_one(gradient_op, {dy, y}, dy.shape(), {}, at);
}

void gradient(const Node& node, Gradients& g) { g.give(0, sigmoid_gradient(g.of_output(), node.out[0], node.place)); }

constexpr Operand operands[]{{"x"}};
const Op op{.name = "sigmoid",
            .operands = operands,
            .cpu = bodies::sigmoid,
            .gradient = gradient,
            .in_place_input = 0,
            .bf16 = {.reads = 0b1, .writes = 0b1}};

}  // namespace

Value sigmoid(Value x, Place at) { return x.graph().record_one(op, {x}, x.shape(), {}, at); }

}  // namespace deepobs
