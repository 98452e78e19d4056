#include "kernels/ops/elementwise/to_bf16.h"

#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(to_bf16);

namespace {

constexpr Operand operands[]{{"x"}};
const Op op{.name = "to_bf16", .operands = operands, .cpu = bodies::to_bf16};

}  // namespace

std::vector<Value> to_bf16(std::span<const Value> x, Place at) {
  require(!x.empty(), Fault::usage, op.name, " at ", to_string(at), ": needs at least one tensor");
  std::vector<Graph::Output> outputs;
  for (const Value& each : x) outputs.push_back({each.shape(), Type::bf16});
  return x[0].graph().record(op, {x.begin(), x.end()}, outputs, {}, at).out;
}

}  // namespace deepobs
