#include "kernels/gather_labels.h"

#include "kernels/cpu_body.h"
#include "kernels/gather_rows.h"

namespace deepobs {

DEEPOBS_CPU_BODY(gather_labels);

namespace {

const Op op{.name = "gather_labels", .cpu = bodies::gather_labels};

}  // namespace

Value gather_labels(Value labels, Value order, std::int64_t batch, Place at) {
  check_order(order, batch, op.name, at);
  require(labels.type() == Type::i32 && labels.shape().rank() == 1, Fault::usage, op.name, " at ", to_string(at),
          ": labels must be [n] of type i32, not ", labels.described());
  return labels.graph().record(op, {labels, order}, {{Shape{batch}, Type::i32}}, {}, at).out[0];
}

}  // namespace deepobs
