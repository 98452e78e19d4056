#include "kernels/ops/gather_windows/gather_windows.h"

#include "engine/graph/cost.h"
#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(gather_windows);

namespace {

/// Of the sequence only the windows of a step are read.
Cost cost(const Node& node) {
  Cost cost = cost_in_bytes(node);
  cost.bytes_read = bytes_of(node.out[0]);
  return cost;
}

std::int64_t batches(const Node& node) { return node.attributes.as<GatherWindows>().batches(); }

constexpr Operand operands[]{{"sequence", Type::i32}};
const Op op{
    .name = "gather_windows", .operands = operands, .cpu = bodies::gather_windows, .cost = cost, .batches = batches};

}  // namespace

Value gather_windows(Value sequence, const GatherWindows& how, Place at) {
  const auto check = [&](bool holds, const auto&... rule) {
    require(holds, Fault::usage, op.name, " at ", to_string(at), ": ", rule...);
  };
  check(sequence.shape().rank() == 1, "the sequence must be [n], not ", sequence.described());
  check(how.batch >= 1 && how.length >= 1, "windows have at least 1 row of 1 number, not ", how.batch, " of ",
        how.length);
  check(how.shift == 0 || how.shift == 1, "the shift must be 0 or 1, not ", how.shift);
  check(how.first >= 0 && how.count >= 0 && how.count <= sequence.dim(0) && how.first <= sequence.dim(0) - how.count,
        "the part of ", how.count, " numbers from ", how.first, " on is not in ", sequence.described());
  const Shape shape{how.batch, how.length};  // whose product does not overflow
  check(how.batches() >= 1, "a part of ", how.count, " numbers is too short for ", how.batch, " windows of ",
        how.length, " and one number more");
  return sequence.graph().record(op, {sequence}, {{shape, Type::i32}}, Attributes::of(how), at).out[0];
}

}  // namespace deepobs
