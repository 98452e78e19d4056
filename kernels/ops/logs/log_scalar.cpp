#include "kernels/ops/logs/log_scalar.h"

#include "engine/graph/cost.h"
#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(log_scalar);

namespace {

constexpr Operand operands[]{{"the scalar"}, {"the log"}};

Cost one_number(const Node& node) {
  Cost cost = cost_in_bytes(node);
  cost.bytes_read = cost.bytes_written_in_place = bytes_of(node.in[0]);
  return cost;
}

const Op op{.name = "log_scalar", .operands = operands, .cpu = bodies::log_scalar, .changes = 0b10, .cost = one_number};

}  // namespace

void log_scalar(Value scalar, int log_buffer, Place at) {
  require(scalar.shape() == Shape{}, Fault::usage, "log_scalar at ", to_string(at),
          ": takes a scalar []: ", scalar.described());
  const Value log = scalar.graph().buffer(log_buffer);
  require(log.shape().rank() == 1, Fault::usage, "log_scalar at ", to_string(at),
          ": the log must be [n]: ", log.described());
  scalar.graph().record_effect(op, {scalar, log}, {}, at);
}

}  // namespace deepobs
