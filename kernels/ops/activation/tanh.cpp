#include "kernels/ops/activation/tanh.h"

#include "engine/autodiff.h"
#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(tanh);
DEEPOBS_CPU_BODY(tanh_gradient);

namespace {

// Near 1 a bf16 y leaves nothing of 1 - y^2: the gradient reads it as float32.
const Op gradient_op{
    .name = "tanh_gradient", .cpu = bodies::tanh_gradient, .in_place_input = 0, .bf16 = {.reads = 0b1, .writes = 0b1}};

void gradient(const Node& node, Gradients& g) {
  const Value dy = g.of_output();
  g.give(0, dy.graph().record_one(gradient_op, {dy, node.out[0]}, dy.shape(), {}, node.place));
}

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
