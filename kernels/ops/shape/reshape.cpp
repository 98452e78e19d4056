#include "kernels/ops/shape/reshape.h"

#include "engine/graph/autodiff.h"

namespace deepobs {
namespace {

void gradient(const Node& node, Gradients& g) {
  g.give(0, reshape(g.of_output(), node.in[0].shape(), node.place), g.of_output_gated());
}

const Op op{.name = "reshape", .gradient = gradient};

}  // namespace

Value reshape(Value x, const Shape& shape, Place at) {
  require(shape.elements() == x.shape().elements(), Fault::usage, op.name, " at ", to_string(at), ": ", shape, " has ",
          shape.elements(), " elements, but x has ", x.shape().elements(), "\n  x  ", x.described());
  const Value y = x.graph().record(op, {x}, {{shape, x.type()}}, {}, at).out[0];
  if (x.graph().info(x).rectified) x.graph().mark_rectified(y);
  return y;
}

Value flatten(Value x, Place at) {
  require(x.shape().rank() >= 1, Fault::usage, "flatten at ", to_string(at), ": x must be [N, ...], not ",
          x.described());
  // Not elements / N: an empty batch has features too.
  std::int64_t features = 1;
  for (int axis = 1; axis < x.shape().rank(); ++axis) features *= x.dim(axis);
  return reshape(x, {x.dim(0), features}, at);
}

}  // namespace deepobs
