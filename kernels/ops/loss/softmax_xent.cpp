#include "kernels/ops/loss/softmax_xent.h"

#include "engine/autodiff.h"
#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(softmax_xent);
DEEPOBS_CPU_BODY(softmax_xent_gradient);

namespace {

std::int64_t classes(const Node& node) { return node.in[0].dim(1); }

constexpr Operand gradient_operands[]{{"probabilities"}, {"labels", Type::i32, classes}, {"dloss"}};
const Op gradient_op{.name = "softmax_xent_gradient",
                     .operands = gradient_operands,
                     .cpu = bodies::softmax_xent_gradient,
                     .in_place_input = 0,
                     .bf16 = {.writes = 0b1}};

/// The forward pass leaves the probabilities, which die here: the gradient takes their place.
void gradient(const Node& node, Gradients& g) {
  const Value dloss = g.of_output();
  const Value probabilities = node.out[1];
  g.give(0, dloss.graph().record_one(gradient_op, {probabilities, node.in[1], dloss}, probabilities.shape(), {},
                                     node.place));
}

constexpr Operand operands[]{{"logits"}, {"labels", Type::i32, classes}};
const Op op{.name = "softmax_xent", .operands = operands, .cpu = bodies::softmax_xent, .gradient = gradient};

}  // namespace

Value softmax_xent(Value logits, Value labels, Place at) {
  require(logits.shape().rank() == 2 && logits.dim(1) >= 1, Fault::usage, "softmax_xent at ", to_string(at),
          ": logits must be [N, K] with K >= 1: ", logits.described());
  require(labels.shape() == Shape{logits.dim(0)}, Fault::usage, "softmax_xent at ", to_string(at),
          ": labels must be one for each row of ", logits.described(), ": ", labels.described());
  return logits.graph().record(op, {logits, labels}, {{labels.shape()}, {logits.shape()}}, {}, at).out[0];
}

}  // namespace deepobs
