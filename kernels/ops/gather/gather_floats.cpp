#include "kernels/ops/gather/gather_floats.h"

#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/gather/gather_rows.h"

namespace deepobs {

DEEPOBS_CPU_BODY(gather_floats);

namespace {

constexpr Operand operands[]{{"data", Type::f32}, {"order", Type::i32}};
const Op op{.name = "gather_floats", .operands = operands, .cpu = bodies::gather_floats, .cost = gather_cost};

}  // namespace

Value gather_floats(Value data, Value order, std::int64_t batch, Place at) {
  check_order(order, batch, op.name, at);
  require(data.shape().rank() >= 1, Fault::usage, op.name, " at ", to_string(at), ": data must be [n, ...], not ",
          data.described());
  std::vector<std::int64_t> extents(data.shape().extents().begin(), data.shape().extents().end());
  extents[0] = batch;
  return data.graph().record_one(op, {data, order}, Shape(extents), {}, at);
}

}  // namespace deepobs
