#include "kernels/ops/pool/max_pool.h"

#include <algorithm>
#include <limits>

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(max_pool);
DEEPOBS_CPU_BODY(max_pool_gradient);

namespace {

std::int64_t winner_limit(const Node& node) { return places_of_every_window(node.attributes.as<WindowGeometry>()); }

// One for each winner_type().
constexpr Operand narrow_operands[]{{"dy"}, {"winners", Type::u8, winner_limit}},
    wide_operands[]{{"dy"}, {"winners", Type::i32, winner_limit}};
constexpr Bf16Use gradient_bf16{.reads = 0b1, .writes = 0b1};
const Op gradient_op{
    .name = "max_pool_gradient", .operands = narrow_operands, .cpu = bodies::max_pool_gradient, .bf16 = gradient_bf16};
const Op wide_gradient_op{
    .name = "max_pool_gradient", .operands = wide_operands, .cpu = bodies::max_pool_gradient, .bf16 = gradient_bf16};

void gradient(const Node& node, Gradients& g) {
  // A winner is as positive as its window's output, so what is zero for the output is zero for the winner.
  g.give(0,
         max_pool_gradient(g.of_output(), node.out[1], node.in[0].shape(), node.attributes.as<WindowGeometry>(),
                           node.place),
         g.of_output_gated());
}

constexpr Operand operands[]{{"x"}};
const Op op{.name = "max_pool",
            .operands = operands,
            .cpu = bodies::max_pool,
            .gradient = gradient,
            .bf16 = {.reads = 0b1, .writes = 0b1}};

}  // namespace

Type winner_type(const WindowGeometry& g, std::string_view op_name, const Place& at) {
  const std::int64_t places = std::int64_t{std::min(g.kernel.h, g.input.h)} * std::min(g.kernel.w, g.input.w);
  require(places <= std::numeric_limits<std::int32_t>::max(), Fault::usage, op_name, " at ", to_string(at),
          ": a window sees at most 2^31 - 1 pixels, not ", places);
  return places <= 256 ? Type::u8 : Type::i32;
}

std::int64_t places_of_every_window(const WindowGeometry& g) {
  std::int64_t fewest = g.kernel.w;  // columns of the image in a window: those of its first row that is seen
  for (const int window : {0, g.output.w - 1}) {
    const int left = window * g.stride.w - g.padding.left;
    fewest = std::min<std::int64_t>(fewest, std::min(left + g.kernel.w, g.input.w) - std::max(left, 0));
  }
  return fewest;
}

Value max_pool_gradient(Value dy, Value winners, const Shape& x, const WindowGeometry& geometry, Place at) {
  const Op& chosen = winner_type(geometry, gradient_op.name, at) == Type::u8 ? gradient_op : wide_gradient_op;
  return dy.graph().record_one(chosen, {dy, winners}, x, Attributes::of(geometry), at);
}

Value max_pool(Value x, const Window& window, Place at) {
  const auto geometry = place_window(x.shape(), window, op.name, at);
  const Shape shape{x.dim(0), geometry.output.h, geometry.output.w, x.dim(3)};
  const Value y =
      x.graph()
          .record(op, {x}, {{shape}, {shape, winner_type(geometry, op.name, at)}}, Attributes::of(geometry), at)
          .out[0];
  if (x.graph().info(x).rectified) x.graph().mark_rectified(y);
  return y;
}

}  // namespace deepobs
