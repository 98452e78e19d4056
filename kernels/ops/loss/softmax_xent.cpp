#include "kernels/ops/loss/softmax_xent.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/reduce.h"

namespace deepobs {

DEEPOBS_CPU_BODY(softmax_xent);
DEEPOBS_CPU_BODY(softmax_xent_gradient);

namespace {

std::int64_t classes(const Node& node) { return node.in[0].dim(1); }

void gradient_of_gradient(const Node& node, Gradients& g);

constexpr Operand gradient_operands[]{{"probabilities"}, {"labels", Type::i32, classes}, {"dloss"}};
const Op gradient_op{.name = "softmax_xent_gradient",
                     .operands = gradient_operands,
                     .cpu = bodies::softmax_xent_gradient,
                     .gradient = gradient_of_gradient,
                     .in_place_input = 0,
                     .bf16 = {.writes = 0b1}};

Value softmax_xent_gradient(Value probabilities, Value labels, Value dloss, Place at) {
  return dloss.graph().record_one(gradient_op, {probabilities, labels, dloss}, probabilities.shape(), {}, at);
}

/// The forward pass leaves the probabilities, which die here: the gradient takes their place. Where that gradient is
/// differentiated they are a result like the loss: the softmax.
void gradient(const Node& node, Gradients& g) {
  const Value probabilities = node.out[1];
  if (g.has_output(0)) g.give(0, softmax_xent_gradient(probabilities, node.in[1], g.of_output(0), node.place));
  if (!g.has_output(1)) return;
  const Value through = multiply(g.of_output(1), probabilities, node.place);
  const Value shared = spread_over_rows(sum_rows(through, node.place), through.shape(), node.place);
  g.give(0, subtract(through, multiply(probabilities, shared, node.place), node.place));
}

void gradient_of_gradient(const Node& node, Gradients& g) {  // of dloss * (probabilities - onehot(labels))
  const Value probabilities = node.in[0], labels = node.in[1], dloss = node.in[2], ddx = g.of_output();
  const Place at = node.place;
  if (g.wants(0)) g.give(0, multiply(ddx, spread_over_rows(dloss, ddx.shape(), at), at));
  if (!g.wants(2)) return;
  const Value ones = constant(dloss.graph(), dloss.shape(), 1., at);
  g.give(2, sum_rows(multiply(ddx, softmax_xent_gradient(probabilities, labels, ones, at), at), at));
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
