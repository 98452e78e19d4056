#include "kernels/ops/functions/two_d_loss.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/elementwise/algebra.h"

namespace deepobs {

DEEPOBS_CPU_BODY(two_d_loss);
DEEPOBS_CPU_BODY(two_d_loss_gradient);

namespace {

const Op gradient_op{.name = "two_d_loss_gradient", .cpu = bodies::two_d_loss_gradient};

void gradient(const Node& node, Gradients& g) {
  const Value u = node.in[0], v = node.in[1], x = node.in[2], y = node.in[3], dloss = g.of_output();
  if (g.wants(0) || g.wants(1)) {
    const auto slopes =
        u.graph().record(gradient_op, {u, v, x, y, dloss}, {{Shape{}}, {Shape{}}}, node.attributes, node.place).out;
    if (g.wants(0)) g.give(0, slopes[0]);
    if (g.wants(1)) g.give(1, slopes[1]);
  }
  if (g.wants(2)) g.give(2, multiply(dloss, u, node.place));
  if (g.wants(3)) g.give(3, multiply(dloss, v, node.place));
}

constexpr Operand operands[]{{"u"}, {"v"}, {"x"}, {"y"}};
const Op op{.name = "two_d_loss", .operands = operands, .cpu = bodies::two_d_loss, .gradient = gradient};

}  // namespace

Value two_d_loss(TwoD function, Value u, Value v, Value x, Value y, Place at) {
  require(u.shape() == Shape{} && v.shape() == Shape{}, Fault::usage, "two_d_loss at ", to_string(at),
          ": u and v must be scalars []: ", u.described(), "; ", v.described());
  require(x.shape().rank() == 1 && x.shape() == y.shape(), Fault::usage, "two_d_loss at ", to_string(at),
          ": x and y must be alike, [N]: ", x.described(), "; ", y.described());
  return u.graph().record_one(op, {u, v, x, y}, x.shape(), Attributes::of(function), at);
}

}  // namespace deepobs
