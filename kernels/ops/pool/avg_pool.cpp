#include "kernels/ops/pool/avg_pool.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(avg_pool);
DEEPOBS_CPU_BODY(avg_pool_gradient);

namespace {

void gradient_of_gradient(const Node& node, Gradients& g);

const Op gradient_op{.name = "avg_pool_gradient",
                     .cpu = bodies::avg_pool_gradient,
                     .gradient = gradient_of_gradient,
                     .bf16 = {.reads = 0b1, .writes = 0b1}};

void gradient(const Node& node, Gradients& g) {
  const Value dy = g.of_output();
  const Value x = node.in[0];
  g.give(0, dy.graph().record_one(gradient_op, {dy}, x.shape(), node.attributes, node.place));
}

constexpr Operand operands[]{{"x"}};
const Op op{.name = "avg_pool",
            .operands = operands,
            .cpu = bodies::avg_pool,
            .gradient = gradient,
            .bf16 = {.reads = 0b1, .writes = 0b1}};

void gradient_of_gradient(const Node& node, Gradients& g) {
  g.give(0, g.of_output().graph().record_one(op, {g.of_output()}, node.in[0].shape(), node.attributes, node.place));
}

}  // namespace

Value avg_pool(Value x, const Window& window, Place at) {
  const auto geometry = place_window(x.shape(), window, op.name, at);
  const Shape shape{x.dim(0), geometry.output.h, geometry.output.w, x.dim(3)};
  return x.graph().record_one(op, {x}, shape, Attributes::of(geometry), at);
}

Value global_avg_pool(Value x, Place at) {
  require(x.shape().rank() == 4, Fault::usage, "global_avg_pool at ", to_string(at),
          ": x must be images [N, H, W, C], not ", x.described());
  return avg_pool(x, {.kernel = {static_cast<int>(x.dim(1)), static_cast<int>(x.dim(2))}}, at);
}

}  // namespace deepobs
