#include "kernels/ops/activation/relu.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(relu);
DEEPOBS_CPU_BODY(relu_gradient);

namespace {

/// Where y lets nothing through, nothing comes back; a little change of y changes nothing.
void gradient_of_gradient(const Node& node, Gradients& g) {
  g.give(0, relu_gradient(g.of_output(), node.in[1], node.place));
}

const Op gradient_op{.name = "relu_gradient",
                     .cpu = bodies::relu_gradient,
                     .gradient = gradient_of_gradient,
                     .in_place_input = 0,
                     .bf16 = {.reads = 0b11, .writes = 0b1}};

void gradient(const Node& node, Gradients& g) { g.give(0, gradient_before_relu(g, node.out[0], node.place)); }

constexpr Operand operands[]{{"x"}};
const Op op{.name = "relu",
            .operands = operands,
            .cpu = bodies::relu,
            .gradient = gradient,
            .in_place_input = 0,
            .bf16 = {.reads = 0b1, .writes = 0b1}};

}  // namespace

Value relu_gradient(Value dy, Value y, Place at) {
  return dy.graph().record_one(gradient_op, {dy, y}, dy.shape(), {}, at);
}

Value gradient_before_relu(const Gradients& g, Value y, Place at) {
  return g.of_output_gated() ? g.of_output() : relu_gradient(g.of_output(), y, at);
}

Value relu(Value x, Place at) {
  const Value y = x.graph().record_one(op, {x}, x.shape(), {}, at);
  x.graph().mark_rectified(y);
  return y;
}

}  // namespace deepobs
