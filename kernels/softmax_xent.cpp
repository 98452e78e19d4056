#include "kernels/softmax_xent.h"

#include "engine/autodiff.h"
#include "kernels/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(softmax_xent);
DEEPOBS_CPU_BODY(softmax_xent_gradient);

namespace {

const Op gradient_op{.name = "softmax_xent_gradient",
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

const Op op{.name = "softmax_xent", .cpu = bodies::softmax_xent, .gradient = gradient};

}  // namespace

Value softmax_xent(Value logits, Value labels, Place at) {
  require(logits.type() == Type::f32 && logits.shape().rank() == 2 && logits.dim(1) >= 1, Fault::usage,
          "softmax_xent at ", to_string(at), ": logits must be [N, K] float32 with K >= 1: ", logits.described());
  require(labels.type() == Type::i32 && labels.shape() == Shape{logits.dim(0)}, Fault::usage, "softmax_xent at ",
          to_string(at), ": labels must be int32, one for each row of ", logits.described(), ": ", labels.described());
  return logits.graph().record(op, {logits, labels}, {{labels.shape()}, {logits.shape()}}, {}, at).out[0];
}

}  // namespace deepobs
