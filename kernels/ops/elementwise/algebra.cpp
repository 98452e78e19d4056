#include "kernels/ops/elementwise/algebra.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/elementwise/algebra_attributes.h"
#include "kernels/ops/elementwise/select.h"
#include "kernels/ops/reduce/reduce.h"

namespace deepobs {

DEEPOBS_CPU_BODY(add);
DEEPOBS_CPU_BODY(subtract);
DEEPOBS_CPU_BODY(multiply);
DEEPOBS_CPU_BODY(divide);
DEEPOBS_CPU_BODY(maximum);
DEEPOBS_CPU_BODY(minimum);
DEEPOBS_CPU_BODY(greater);
DEEPOBS_CPU_BODY(scale);
DEEPOBS_CPU_BODY(sum_of);
DEEPOBS_CPU_BODY(copy);
DEEPOBS_CPU_BODY(constant);
DEEPOBS_CPU_BODY(identity);

namespace {

Value record_binary(const Op& op, Value a, Value b, Place at) {
  const bool is_row = b.shape().rank() == 1 && a.shape().rank() >= 1 && a.dim(a.shape().rank() - 1) == b.dim(0);
  require(b.shape() == a.shape() || b.shape() == Shape{} || is_row, Fault::usage, op.name, " at ", to_string(at),
          ": the second operand must be like the first, a row as long as its last axis, or a scalar: ", a.described(),
          "; ", b.described());
  return a.graph().record_one(op, {a, b}, a.shape(), {}, at);
}

/// `gradient` summed over the repetition of an operand of that shape.
Value sum_to(Value gradient, const Shape& shape, Place at) {
  if (gradient.shape() == shape) return gradient;
  return shape.rank() == 0 ? sum(gradient, at) : sum_columns(gradient, at);
}

void give_second(const Node& node, Gradients& g, Value gradient) {
  g.give(1, sum_to(gradient, node.in[1].shape(), node.place));
}

void add_gradient(const Node& node, Gradients& g) {
  g.give(0, g.of_output());
  if (g.wants(1)) give_second(node, g, g.of_output());
}

void subtract_gradient(const Node& node, Gradients& g) {
  g.give(0, g.of_output());
  if (g.wants(1)) g.give(1, scale(sum_to(g.of_output(), node.in[1].shape(), node.place), -1., node.place));
}

void multiply_gradient(const Node& node, Gradients& g) {
  if (g.wants(0)) g.give(0, multiply(g.of_output(), node.in[1], node.place));
  if (g.wants(1)) give_second(node, g, multiply(g.of_output(), node.in[0], node.place));
}

void divide_gradient(const Node& node, Gradients& g) {
  const Value da = divide(g.of_output(), node.in[1], node.place);
  g.give(0, da);
  if (!g.wants(1)) return;
  const Value product = multiply(da, node.out[0], node.place);
  g.give(1, scale(sum_to(product, node.in[1].shape(), node.place), -1., node.place));
}

/// `second`: 1 where the second operand is the result.
void give_chosen(const Node& node, Gradients& g, Value second) {
  const Value dy = g.of_output(), zero = constant(dy.graph(), {}, 0., node.place);
  if (g.wants(0)) g.give(0, select(second, zero, dy, node.place));
  if (g.wants(1)) give_second(node, g, select(second, dy, zero, node.place));
}

/// a < b, where b may be repeated and a may not.
Value less(Value a, Value b, Place at) { return greater(scale(a, -1., at), scale(b, -1., at), at); }

void maximum_gradient(const Node& node, Gradients& g) {
  give_chosen(node, g, less(node.in[0], node.in[1], node.place));
}

void minimum_gradient(const Node& node, Gradients& g) {
  give_chosen(node, g, greater(node.in[0], node.in[1], node.place));
}

void greater_gradient(const Node&, Gradients&) {}

void scale_gradient(const Node& node, Gradients& g) {
  g.give(0, scale(g.of_output(), static_cast<double>(node.attributes.as<AlgebraFactor>().factor), node.place));
}

void sum_of_gradient(const Node& node, Gradients& g) {
  for (int i = 0; i < static_cast<int>(node.in.size()); ++i) g.give(i, g.of_output());
}

void copy_gradient(const Node&, Gradients& g) { g.give(0, g.of_output()); }

constexpr Operand pair[]{{"a"}, {"b"}}, with_bias[]{{"x"}, {"bias"}}, one[]{{"x"}}, every[]{{"each term"}};
const Op add_op{.name = "add",
                .operands = pair,
                .cpu = bodies::add,
                .gradient = add_gradient,
                .in_place_input = 0,
                .bf16 = {.reads = 0b11, .writes = 0b1}};
const Op subtract_op{
    .name = "subtract", .operands = pair, .cpu = bodies::subtract, .gradient = subtract_gradient, .in_place_input = 0};
const Op multiply_op{
    .name = "multiply", .operands = pair, .cpu = bodies::multiply, .gradient = multiply_gradient, .in_place_input = 0};
const Op divide_op{
    .name = "divide", .operands = pair, .cpu = bodies::divide, .gradient = divide_gradient, .in_place_input = 0};
const Op maximum_op{
    .name = "maximum", .operands = pair, .cpu = bodies::maximum, .gradient = maximum_gradient, .in_place_input = 0};
const Op minimum_op{
    .name = "minimum", .operands = pair, .cpu = bodies::minimum, .gradient = minimum_gradient, .in_place_input = 0};
const Op greater_op{
    .name = "greater", .operands = pair, .cpu = bodies::greater, .gradient = greater_gradient, .in_place_input = 0};
const Op bias_add_op{.name = "bias_add",
                     .operands = with_bias,
                     .cpu = bodies::add,
                     .gradient = add_gradient,
                     .in_place_input = 0,
                     .bf16 = {.reads = 0b11, .writes = 0b1}};
const Op scale_op{
    .name = "scale", .operands = one, .cpu = bodies::scale, .gradient = scale_gradient, .in_place_input = 0};
const Op sum_of_op{.name = "sum_of",
                   .operands = every,
                   .cpu = bodies::sum_of,
                   .gradient = sum_of_gradient,
                   .in_place_input = 0,
                   .bf16 = {.reads = 0xFFFF, .writes = 0b1}};  // sixteen terms are one pass
const Op copy_op{.name = "copy",
                 .operands = one,
                 .cpu = bodies::copy,
                 .gradient = copy_gradient,
                 .bf16 = {.reads = 0b1, .writes = 0b1}};
const Op constant_op{.name = "constant", .cpu = bodies::constant};
const Op identity_op{.name = "identity", .cpu = bodies::identity};

}  // namespace

Value add(Value a, Value b, Place at) { return record_binary(add_op, a, b, at); }
Value subtract(Value a, Value b, Place at) { return record_binary(subtract_op, a, b, at); }
Value multiply(Value a, Value b, Place at) { return record_binary(multiply_op, a, b, at); }
Value divide(Value a, Value b, Place at) { return record_binary(divide_op, a, b, at); }

Value maximum(Value a, Value b, Place at) { return record_binary(maximum_op, a, b, at); }
Value minimum(Value a, Value b, Place at) { return record_binary(minimum_op, a, b, at); }
Value greater(Value a, Value b, Place at) { return record_binary(greater_op, a, b, at); }

Value bias_add(Value x, Value bias, Place at) {
  require(bias.shape().rank() == 1, Fault::usage, "bias_add at ", to_string(at), ": the bias must be a row [C], not ",
          bias.described());
  return record_binary(bias_add_op, x, bias, at);
}

Value scale(Value x, double factor, Place at) {
  return x.graph().record_one(scale_op, {x}, x.shape(), Attributes::of(AlgebraFactor{static_cast<float>(factor)}), at);
}

Value sum_of(std::span<const Value> terms, Place at) {
  require(!terms.empty(), Fault::usage, "sum_of at ", to_string(at), ": needs at least one term");
  for (const Value& term : terms)
    require(term.shape() == terms[0].shape(), Fault::usage, "sum_of at ", to_string(at),
            ": all terms must be of one shape: ", terms[0].described(), "; ", term.described());
  return terms[0].graph().record_one(sum_of_op, {terms.begin(), terms.end()}, terms[0].shape(), {}, at);
}

Value copy(Value x, Place at) { return x.graph().record_one(copy_op, {x}, x.shape(), {}, at); }

Value constant(Graph& graph, const Shape& shape, double value, Place at) {
  return graph.record_one(constant_op, {}, shape, Attributes::of(AlgebraFactor{static_cast<float>(value)}), at);
}

Value identity(Graph& graph, std::int64_t extent, double value, Place at) {
  require(extent >= 0, Fault::usage, identity_op.name, " at ", to_string(at), ": no matrix has ", extent, " rows");
  const AlgebraFactor diagonal{static_cast<float>(value)};
  return graph.record_one(identity_op, {}, {extent, extent}, Attributes::of(diagonal), at);
}

}  // namespace deepobs
