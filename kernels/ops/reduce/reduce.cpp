#include "kernels/ops/reduce/reduce.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/sums.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/elementwise/unary.h"
#include "kernels/ops/reduce/reduce_attributes.h"
#include "kernels/ops/shape/along_axis.h"

namespace deepobs {

DEEPOBS_CPU_BODY(sum);
DEEPOBS_CPU_BODY(dot);
DEEPOBS_CPU_BODY(sum_rows);
DEEPOBS_CPU_BODY(sum_columns);
DEEPOBS_CPU_BODY(sum_middle);
DEEPOBS_CPU_BODY(spread_scalar);
DEEPOBS_CPU_BODY(spread);

namespace {

// What is spread is summed on the way back.

void spread_scalar_gradient(const Node& node, Gradients& g);
void spread_gradient(const Node& node, Gradients& g);

const Op spread_scalar_op{.name = "spread_scalar", .cpu = bodies::spread_scalar, .gradient = spread_scalar_gradient};
constexpr Operand spread_operands[]{{"y"}};
const Op spread_op{.name = "spread", .operands = spread_operands, .cpu = bodies::spread, .gradient = spread_gradient};

Value record_spread(Value y, const AlongAxis& along, const Shape& shape, Place at) {
  return y.graph().record_one(spread_op, {y}, shape, Attributes::of(along), at);
}

// dx has the shape of x, and dy says all about its elements.

void sum_gradient(const Node& node, Gradients& g) {
  const Value dy = g.of_output();
  g.give(0, dy.graph().record_one(spread_scalar_op, {dy}, node.in[0].shape(), node.attributes, node.place));
}

/// The extent of the axis that went, where x is cut into `others` elements.
std::int64_t extent_of(Value x, std::int64_t others) { return others > 0 ? x.shape().elements() / others : 0; }

void sum_rows_gradient(const Node& node, Gradients& g) {
  const Value dy = g.of_output(), x = node.in[0];
  const std::int64_t rows = dy.shape().elements();
  g.give(0, record_spread(dy, {rows, extent_of(x, rows), 1}, x.shape(), node.place));
}

void sum_columns_gradient(const Node& node, Gradients& g) {
  const Value dy = g.of_output(), x = node.in[0];
  const std::int64_t columns = dy.shape().elements();
  g.give(0, record_spread(dy, {1, extent_of(x, columns), columns}, x.shape(), node.place));
}

void sum_middle_gradient(const Node& node, Gradients& g) {
  g.give(0, record_spread(g.of_output(), node.attributes.as<AlongAxis>(), node.in[0].shape(), node.place));
}

void dot_gradient(const Node& node, Gradients& g) {
  if (g.wants(0)) g.give(0, multiply(node.in[1], g.of_output(), node.place));
  if (g.wants(1)) g.give(1, multiply(node.in[0], g.of_output(), node.place));
}

constexpr Operand operands[]{{"x"}}, pair[]{{"a"}, {"b"}};
const Op sum_op{.name = "sum", .operands = operands, .cpu = bodies::sum, .gradient = sum_gradient, .scratch = 0b10};
const Op mean_op{.name = "mean", .operands = operands, .cpu = bodies::sum, .gradient = sum_gradient, .scratch = 0b10};
const Op dot_op{.name = "dot", .operands = pair, .cpu = bodies::dot, .gradient = dot_gradient, .scratch = 0b10};
const Op sum_rows_op{.name = "sum_rows", .operands = operands, .cpu = bodies::sum_rows, .gradient = sum_rows_gradient};
const Op sum_columns_op{.name = "sum_columns",
                        .operands = operands,
                        .cpu = bodies::sum_columns,
                        .gradient = sum_columns_gradient,
                        .scratch = 0b10,
                        .bf16 = {.reads = 0b1}};
const Op sum_middle_op{
    .name = "sum_middle", .operands = operands, .cpu = bodies::sum_middle, .gradient = sum_middle_gradient};

void require_axis(const Op& op, Value x, Place at) {
  require(x.shape().rank() >= 1, Fault::usage, op.name, " at ", to_string(at),
          ": x must have at least one axis: ", x.described());
}

Graph::Output partial_sums(Value x) { return {{sum_blocks(x.shape().elements())}, Type::f64}; }

Value record_sum(const Op& op, Value x, double divisor, Place at) {
  const Graph::Output partial = partial_sums(x);
  return x.graph().record(op, {x}, {{Shape{}}, partial}, Attributes::of(SumDivisor{divisor}), at).out[0];
}

void spread_scalar_gradient(const Node& node, Gradients& g) {
  const double divisor = node.attributes.as<SumDivisor>().divisor;
  g.give(0, record_sum(divisor == 1. ? sum_op : mean_op, g.of_output(), divisor, node.place));
}

Value record_sum_columns(Value x, std::int64_t rows, std::int64_t columns, const Shape& shape, Place at) {
  const Graph::Output partial{{column_blocks(rows, columns).row_blocks, columns}, Type::f64};
  return x.graph().record(sum_columns_op, {x}, {{shape}, partial}, {}, at).out[0];
}

Value record_sum_along(Value x, const AlongAxis& along, const Shape& shape, Place at) {
  if (along.inner == 1) return x.graph().record_one(sum_rows_op, {x}, shape, {}, at);
  if (along.outer == 1) return record_sum_columns(x, along.extent, along.inner, shape, at);
  return x.graph().record_one(sum_middle_op, {x}, shape, Attributes::of(along), at);
}

void spread_gradient(const Node& node, Gradients& g) {
  g.give(0, record_sum_along(g.of_output(), node.attributes.as<AlongAxis>(), node.in[0].shape(), node.place));
}

Value along(const char* name, Value x, int axis, Place at) {
  require(axis >= 0 && axis < x.shape().rank(), Fault::usage, name, " at ", to_string(at), ": x has no axis ", axis,
          ": ", x.described());
  std::vector<std::int64_t> extents(x.shape().extents().begin(), x.shape().extents().end());
  extents.erase(extents.begin() + axis);
  return record_sum_along(x, AlongAxis(x.shape(), axis), Shape(extents), at);
}

}  // namespace

Value sum(Value x, Place at) { return record_sum(sum_op, x, 1., at); }

Value mean(Value x, Place at) {
  require(x.shape().elements() > 0, Fault::usage, "mean at ", to_string(at),
          ": there is no mean of no elements: ", x.described());
  return record_sum(mean_op, x, static_cast<double>(x.shape().elements()), at);
}

Value sum_rows(Value x, Place at) {
  require_axis(sum_rows_op, x, at);
  return x.graph().record_one(sum_rows_op, {x}, {x.dim(0)}, {}, at);
}

Value sum_columns(Value x, Place at) {
  require_axis(sum_columns_op, x, at);
  const std::int64_t columns = x.dim(x.shape().rank() - 1);
  return record_sum_columns(x, extent_of(x, columns), columns, {columns}, at);
}

Value dot(Value a, Value b, Place at) {
  require(a.shape() == b.shape(), Fault::usage, dot_op.name, " at ", to_string(at),
          ": the operands must be of one shape: ", a.described(), "; ", b.described());
  return a.graph().record(dot_op, {a, b}, {{Shape{}}, partial_sums(a)}, {}, at).out[0];
}

Value norm(Value x, Place at) { return sqrt(dot(x, x, at), at); }

Value sum_along(Value x, int axis, Place at) { return along("sum_along", x, axis, at); }

Value mean_along(Value x, int axis, Place at) {
  const Value sums = along("mean_along", x, axis, at);
  const std::int64_t extent = x.dim(axis);
  require(extent > 0, Fault::usage, "mean_along at ", to_string(at),
          ": there is no mean of no elements: ", x.described());
  return divide(sums, constant(x.graph(), {}, static_cast<double>(extent), at), at);
}

Value spread_along(Value y, int axis, std::int64_t extent, Place at) {
  require(axis >= 0 && axis <= y.shape().rank() && extent >= 0, Fault::usage, "spread_along at ", to_string(at),
          ": a new axis ", axis, " of extent ", extent, " cannot be put into ", y.described());
  std::vector<std::int64_t> extents(y.shape().extents().begin(), y.shape().extents().end());
  extents.insert(extents.begin() + axis, extent);
  const Shape shape(extents);
  return record_spread(y, AlongAxis(shape, axis), shape, at);
}

Value spread_over_rows(Value y, const Shape& shape, Place at) {
  require(y.shape().rank() == 1 && shape.rank() >= 1 && shape[0] == y.dim(0), Fault::usage, "spread_over_rows at ",
          to_string(at), ": y must be [N], one number for each row of ", shape, ", not ", y.described());
  const std::int64_t rows = y.dim(0);
  return record_spread(y, {rows, rows > 0 ? shape.elements() / rows : 0, 1}, shape, at);
}

}  // namespace deepobs
