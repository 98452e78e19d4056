#include "kernels/ops/shape/slice.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/shape/slice_attributes.h"

namespace deepobs {

DEEPOBS_CPU_BODY(slice_copy);
DEEPOBS_CPU_BODY(slice_gradient);

namespace {

void gradient_of_gradient(const Node& node, Gradients& g) {
  const auto& [axis, begin] = node.attributes.as<SliceAttributes>();
  g.give(0, slice(g.of_output(), axis, begin, node.in[0].dim(axis), node.place));
}

const Op gradient_op{.name = "slice_gradient",
                     .cpu = bodies::slice_gradient,
                     .gradient = gradient_of_gradient,
                     .bf16 = {.reads = 0b1, .writes = 0b1}};

void gradient(const Node& node, Gradients& g) {
  const Value dy = g.of_output();
  g.give(0, dy.graph().record_one(gradient_op, {dy}, node.in[0].shape(), node.attributes, node.place),
         g.of_output_gated());
}

constexpr Operand operands[]{{"x, of which the part does not lie in one piece,"}};
const Op op{.name = "slice", .gradient = gradient};
const Op copying_op{.name = "slice_copy",
                    .operands = operands,
                    .cpu = bodies::slice_copy,
                    .gradient = gradient,
                    .bf16 = {.reads = 0b1, .writes = 0b1}};

}  // namespace

Value slice(Value x, int axis, std::int64_t begin, std::int64_t count, Place at) {
  require(axis >= 0 && axis < x.shape().rank(), Fault::usage, op.name, " at ", to_string(at), ": x has no axis ", axis,
          ": ", x.described());
  const AlongAxis from(x.shape(), axis);
  require(begin >= 0 && count >= 0 && begin <= from.extent && count <= from.extent - begin, Fault::usage, op.name,
          " at ", to_string(at), ": axis ", axis, " has ", from.extent, " rows, which hold no ", count, " from ", begin,
          " on: ", x.described());
  std::vector<std::int64_t> extents(x.shape().extents().begin(), x.shape().extents().end());
  extents[static_cast<std::size_t>(axis)] = count;
  const bool in_one_piece = from.outer == 1 || count == from.extent;
  const Graph::Output output{Shape(extents), x.type(), in_one_piece ? begin * from.inner : 0};
  const Value y =
      x.graph()
          .record(in_one_piece ? op : copying_op, {x}, {output}, Attributes::of(SliceAttributes{axis, begin}), at)
          .out[0];
  if (x.graph().info(x).rectified) x.graph().mark_rectified(y);
  return y;
}

}  // namespace deepobs
