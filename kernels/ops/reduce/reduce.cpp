#include "kernels/ops/reduce/reduce.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/sums.h"
#include "kernels/ops/reduce/reduce_attributes.h"

namespace deepobs {

DEEPOBS_CPU_BODY(sum);
DEEPOBS_CPU_BODY(sum_rows);
DEEPOBS_CPU_BODY(sum_columns);
DEEPOBS_CPU_BODY(spread_scalar);
DEEPOBS_CPU_BODY(spread_over_rows);
DEEPOBS_CPU_BODY(spread_over_columns);

namespace {

// What is spread is summed on the way back.

void spread_scalar_gradient(const Node& node, Gradients& g);
void spread_over_rows_gradient(const Node& node, Gradients& g) { g.give(0, sum_rows(g.of_output(), node.place)); }
void spread_over_columns_gradient(const Node& node, Gradients& g) { g.give(0, sum_columns(g.of_output(), node.place)); }

const Op spread_scalar_op{.name = "spread_scalar", .cpu = bodies::spread_scalar, .gradient = spread_scalar_gradient};
const Op spread_over_rows_op{
    .name = "spread_over_rows", .cpu = bodies::spread_over_rows, .gradient = spread_over_rows_gradient};
const Op spread_over_columns_op{
    .name = "spread_over_columns", .cpu = bodies::spread_over_columns, .gradient = spread_over_columns_gradient};

/// dx has the shape of x, and dy says all about its elements.
void give_spread(const Op& op, const Node& node, Gradients& g) {
  const Value dy = g.of_output();
  g.give(0, dy.graph().record_one(op, {dy}, node.in[0].shape(), node.attributes, node.place));
}

void sum_gradient(const Node& node, Gradients& g) { give_spread(spread_scalar_op, node, g); }
void sum_rows_gradient(const Node& node, Gradients& g) { give_spread(spread_over_rows_op, node, g); }
void sum_columns_gradient(const Node& node, Gradients& g) { give_spread(spread_over_columns_op, node, g); }

constexpr Operand operands[]{{"x"}};
const Op sum_op{.name = "sum", .operands = operands, .cpu = bodies::sum, .gradient = sum_gradient, .scratch = 0b10};
const Op mean_op{.name = "mean", .operands = operands, .cpu = bodies::sum, .gradient = sum_gradient, .scratch = 0b10};
const Op sum_rows_op{.name = "sum_rows", .operands = operands, .cpu = bodies::sum_rows, .gradient = sum_rows_gradient};
const Op sum_columns_op{.name = "sum_columns",
                        .operands = operands,
                        .cpu = bodies::sum_columns,
                        .gradient = sum_columns_gradient,
                        .scratch = 0b10,
                        .bf16 = {.reads = 0b1}};

void require_axis(const Op& op, Value x, Place at) {
  require(x.shape().rank() >= 1, Fault::usage, op.name, " at ", to_string(at),
          ": x must have at least one axis: ", x.described());
}

Value record_sum(const Op& op, Value x, double divisor, Place at) {
  const Graph::Output partial{{sum_blocks(x.shape().elements())}, Type::f64};
  return x.graph().record(op, {x}, {{Shape{}}, partial}, Attributes::of(SumDivisor{divisor}), at).out[0];
}

void spread_scalar_gradient(const Node& node, Gradients& g) {
  const double divisor = node.attributes.as<SumDivisor>().divisor;
  g.give(0, record_sum(divisor == 1. ? sum_op : mean_op, g.of_output(), divisor, node.place));
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

Value spread_over_rows(Value y, const Shape& shape, Place at) {
  require(y.shape().rank() == 1 && shape.rank() >= 1 && shape[0] == y.dim(0), Fault::usage, spread_over_rows_op.name,
          " at ", to_string(at), ": y must be [N], one number for each row of ", shape, ", not ", y.described());
  return y.graph().record_one(spread_over_rows_op, {y}, shape, {}, at);
}

Value sum_columns(Value x, Place at) {
  require_axis(sum_columns_op, x, at);
  const std::int64_t columns = x.dim(x.shape().rank() - 1);
  const std::int64_t rows = columns > 0 ? x.shape().elements() / columns : 0;
  const Graph::Output partial{{column_blocks(rows, columns).row_blocks, columns}, Type::f64};
  return x.graph().record(sum_columns_op, {x}, {{{columns}}, partial}, {}, at).out[0];
}

}  // namespace deepobs
