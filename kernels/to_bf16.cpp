#include "kernels/to_bf16.h"

#include "kernels/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(to_bf16);

namespace {

const Op op{.name = "to_bf16", .cpu = bodies::to_bf16};

}  // namespace

Value to_bf16(Value x, Place at) {
  require(x.type() == Type::f32, Fault::usage, op.name, " at ", to_string(at), ": x must be float32: ", x.described());
  return x.graph().record(op, {x}, {{x.shape(), Type::bf16}}, {}, at).out[0];
}

}  // namespace deepobs
