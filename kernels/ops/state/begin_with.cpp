#include "kernels/ops/state/begin_with.h"

#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(begin_with);

namespace {

constexpr Operand operands[]{{"the value"}, {"the state"}};
const Op op{.name = "begin_with", .operands = operands, .cpu = bodies::begin_with, .changes = 0b10};

}  // namespace

void begin_with(Value value, Value state, Place at) {
  require(value.shape() == state.shape(), Fault::usage, op.name, " at ", to_string(at),
          ": the state must have the shape of the value that it begins with: ", state.described(), "; ",
          value.described());
  require(state.graph().info(state).buffer >= 0, Fault::usage, op.name, " at ", to_string(at),
          ": the state must lie in a buffer of the store, which outlives a step, not ", state.described());
  value.graph().record_effect(op, {value, state}, {}, at);
}

}  // namespace deepobs
