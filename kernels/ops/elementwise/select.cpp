#include "kernels/ops/elementwise/select.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/reduce.h"

namespace deepobs {

DEEPOBS_CPU_BODY(select);

namespace {

void gradient(const Node& node, Gradients& g) {
  const Value condition = node.in[0], dy = g.of_output();
  const auto give = [&](int i, Value through) {
    const Value all = i == 1 ? select(condition, dy, through, node.place) : select(condition, through, dy, node.place);
    g.give(i, node.in[static_cast<std::size_t>(i)].shape() == all.shape() ? all : sum(all, node.place));
  };
  const Value zero = constant(dy.graph(), {}, 0., node.place);
  if (g.wants(1)) give(1, zero);
  if (g.wants(2)) give(2, zero);
}

constexpr Operand operands[]{{"condition"}, {"a"}, {"b"}};
const Op op{.name = "select", .operands = operands, .cpu = bodies::select, .gradient = gradient};

}  // namespace

Value select(Value condition, Value a, Value b, Place at) {
  Shape shape = condition.shape();
  for (const Value& one : {a, b})
    if (shape.rank() == 0) shape = one.shape();
  for (const Value& one : {condition, a, b})
    require(one.shape() == shape || one.shape().rank() == 0, Fault::usage, op.name, " at ", to_string(at),
            ": condition, a and b must be of one shape or scalars:\n  condition  ", condition.described(),
            "\n  a          ", a.described(), "\n  b          ", b.described());
  return condition.graph().record_one(op, {condition, a, b}, shape, {}, at);
}

}  // namespace deepobs
