#include "kernels/ops/activation/tanh.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/elementwise/algebra.h"

namespace deepobs {

DEEPOBS_CPU_BODY(tanh);
DEEPOBS_CPU_BODY(tanh_gradient);

namespace {

Value tanh_gradient(Value dy, Value y, Place at);

void gradient_of_gradient(const Node& node, Gradients& g) {  // of dy * (1 - y^2)
  const Value dy = node.in[0], y = node.in[1], ddx = g.of_output();
  if (g.wants(0)) g.give(0, tanh_gradient(ddx, y, node.place));
  if (g.wants(1)) g.give(1, scale(multiply(multiply(ddx, dy, node.place), y, node.place), -2., node.place));
}

// Near 1 a bf16 y leaves nothing of 1 - y^2: the gradient reads it as float32.
const Op gradient_op{.name = "tanh_gradient",
                     .cpu = bodies::tanh_gradient,
                     .gradient = gradient_of_gradient,
                     .in_place_input = 0,
                     .bf16 = {.reads = 0b1, .writes = 0b1}};

Value tanh_gradient(Value dy, Value y, Place at) {
  return dy.graph().record_one(gradient_op, {dy, y}, dy.shape(), {}, at);
}

void gradient(const Node& node, Gradients& g) { g.give(0, tanh_gradient(g.of_output(), node.out[0], node.place)); }

constexpr Operand operands[]{{"x"}};
const Op op{.name = "tanh",
            .operands = operands,
            .cpu = bodies::tanh,
            .gradient = gradient,
            .in_place_input = 0,
            .bf16 = {.reads = 0b1, .writes = 0b1}};

}  // namespace

Value tanh(Value x, Place at) { return x.graph().record_one(op, {x}, x.shape(), {}, at); }

}  // namespace deepobs
