#include "kernels/ops/shape/concatenate.h"

#include <algorithm>

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/shape/concatenate_attributes.h"
#include "kernels/ops/shape/slice.h"

namespace deepobs {

DEEPOBS_CPU_BODY(concatenate);

namespace {

void gradient(const Node& node, Gradients& g) {
  const int axis = node.attributes.as<ConcatenateAttributes>().axis;
  std::int64_t begin = 0;
  for (int i = 0; i < static_cast<int>(node.in.size()); ++i) {
    const std::int64_t extent = node.in[static_cast<std::size_t>(i)].dim(axis);
    if (g.wants(i)) g.give(i, slice(g.of_output(), axis, begin, extent, node.place), g.of_output_gated());
    begin += extent;
  }
}

constexpr Operand operands[]{{"each tensor"}};
const Op op{.name = "concatenate",
            .operands = operands,
            .cpu = bodies::concatenate,
            .gradient = gradient,
            .bf16 = {.reads = ~0u, .writes = 0b1}};

}  // namespace

Value concatenate(std::span<const Value> x, int axis, Place at) {
  require(!x.empty(), Fault::usage, op.name, " at ", to_string(at), ": needs at least one tensor");
  const Shape& first = x[0].shape();
  require(axis >= 0 && axis < first.rank(), Fault::usage, op.name, " at ", to_string(at), ": there is no axis ", axis,
          " of ", x[0].described());
  std::vector<std::int64_t> extents(first.extents().begin(), first.extents().end());
  std::int64_t& all = extents[static_cast<std::size_t>(axis)];
  all = 0;
  for (const Value& each : x) {
    bool fits = each.shape().rank() == first.rank();
    for (int i = 0; fits && i < first.rank(); ++i) fits = i == axis || each.dim(i) == first[i];
    require(fits, Fault::usage, op.name, " at ", to_string(at),
            ": all tensors must have the extents of the first, but ", "for axis ", axis, ": ", x[0].described(), "; ",
            each.described());
    all += each.dim(axis);
  }
  Graph& graph = x[0].graph();
  const bool rectified = std::ranges::all_of(x, [&](Value each) { return graph.info(each).rectified; });
  const Value y =
      graph.record_one(op, {x.begin(), x.end()}, Shape(extents), Attributes::of(ConcatenateAttributes{axis}), at);
  if (rectified) graph.mark_rectified(y);
  return y;
}

}  // namespace deepobs
