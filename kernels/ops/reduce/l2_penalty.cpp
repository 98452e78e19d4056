#include "kernels/ops/reduce/l2_penalty.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/sums.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/l2_penalty_attributes.h"
#include "kernels/ops/reduce/reduce.h"

namespace deepobs {

DEEPOBS_CPU_BODY(l2_penalty);
DEEPOBS_CPU_BODY(l2_penalty_gradient);

namespace {

Value l2_penalty_gradient(Value dy, Value weight, const Attributes& factor, Place at);

void gradient_of_gradient(const Node& node, Gradients& g) {  // of factor * dy * w, which is linear in both
  const Value dy = node.in[0], weight = node.in[1], ddw = g.of_output();
  const double factor = node.attributes.as<L2Factor>().factor;
  if (g.wants(0)) g.give(0, scale(sum(multiply(ddw, weight, node.place), node.place), factor, node.place));
  if (g.wants(1)) g.give(1, l2_penalty_gradient(dy, ddw, node.attributes, node.place));
}

const Op gradient_op{
    .name = "l2_penalty_gradient", .cpu = bodies::l2_penalty_gradient, .gradient = gradient_of_gradient};

Value l2_penalty_gradient(Value dy, Value weight, const Attributes& factor, Place at) {
  return dy.graph().record_one(gradient_op, {dy, weight}, weight.shape(), factor, at);
}

void gradient(const Node& node, Gradients& g) {
  for (int i = 0; i < static_cast<int>(node.in.size()); ++i)
    if (g.wants(i))
      g.give(i, l2_penalty_gradient(g.of_output(), node.in[static_cast<std::size_t>(i)], node.attributes, node.place));
}

constexpr Operand operands[]{{"each weight"}};
const Op op{
    .name = "l2_penalty", .operands = operands, .cpu = bodies::l2_penalty, .gradient = gradient, .scratch = 0b10};

}  // namespace

Value l2_penalty(std::span<const Value> weights, double factor, Place at) {
  require(!weights.empty(), Fault::usage, "l2_penalty at ", to_string(at), ": needs at least one tensor of weights");
  std::int64_t blocks = 0;
  for (const Value& weight : weights) blocks += sum_blocks(weight.shape().elements());
  return weights[0]
      .graph()
      .record(op, {weights.begin(), weights.end()}, {{Shape{}}, {{blocks}, Type::f64}},
              Attributes::of(L2Factor{factor}), at)
      .out[0];
}

}  // namespace deepobs
