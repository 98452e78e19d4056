#include "kernels/ops/gather/gather_labels.h"

#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/gather/gather_rows.h"

namespace deepobs {

DEEPOBS_CPU_BODY(gather_labels);

namespace {

constexpr Operand operands[]{{"labels", Type::i32}, {"order", Type::i32, rows_to_gather}};
const Op op{.name = "gather_labels",
            .operands = operands,
            .cpu = bodies::gather_labels,
            .cost = gather_cost,
            .batches = batches_of_order};

}  // namespace

Value gather_labels(Value labels, Value order, std::int64_t batch, Place at) {
  check_order(order, batch, op.name, at);
  require(labels.shape().rank() == 1, Fault::usage, op.name, " at ", to_string(at), ": labels must be [n], not ",
          labels.described());
  return labels.graph().record(op, {labels, order}, {{Shape{batch}, Type::i32}}, {}, at).out[0];
}

}  // namespace deepobs
