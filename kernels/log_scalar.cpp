#include "kernels/log_scalar.h"

#include "kernels/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(log_scalar);

namespace {

const Op op{.name = "log_scalar", .cpu = bodies::log_scalar, .changes = 0b10};

}  // namespace

void log_scalar(Value scalar, int log_buffer, Place at) {
  require(scalar.type() == Type::f32 && scalar.shape() == Shape{}, Fault::usage, "log_scalar at ", to_string(at),
          ": takes a float32 scalar []: ", scalar.described());
  const Value log = scalar.graph().buffer(log_buffer);
  require(log.type() == Type::f32 && log.shape().rank() == 1, Fault::usage, "log_scalar at ", to_string(at),
          ": the log must be float32 [n]: ", log.described());
  scalar.graph().record_effect(op, {scalar, log}, {}, at);
}

}  // namespace deepobs
