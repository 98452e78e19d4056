#include "kernels/ops/reduce/l2_penalty.h"

#include "engine/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/reduce/l2_penalty_attributes.h"
#include "kernels/cpu/sums.h"

namespace deepobs {

DEEPOBS_CPU_BODY(l2_penalty);
DEEPOBS_CPU_BODY(l2_penalty_gradient);

namespace {

const Op gradient_op{.name = "l2_penalty_gradient", .cpu = bodies::l2_penalty_gradient};

void gradient(const Node& node, Gradients& g) {
  const Value dy = g.of_output();
  for (int i = 0; i < static_cast<int>(node.in.size()); ++i) {
    if (!g.wants(i)) continue;
    const Value weight = node.in[static_cast<std::size_t>(i)];
    g.give(i, dy.graph().record_one(gradient_op, {dy, weight}, weight.shape(), node.attributes, node.place));
  }
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
