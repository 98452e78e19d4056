#include "kernels/ops/recurrent/lstm.h"

#include "engine/graph/autodiff.h"
#include "engine/graph/cost.h"
#include "kernels/cpu/blocks.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/shape/reshape.h"

namespace deepobs {

// A layer is a linear() over all steps at once and, behind it, the recurrence: what must go step by step.

DEEPOBS_CPU_BODY(lstm_recurrence);
DEEPOBS_CPU_BODY(lstm_recurrence_gradient);

namespace {

/// Of the recurrence. before_h, before_c [N, T, H]: the state that each step began with, for the gradient: h0 and c0
/// may lie in buffers that are overwritten by then.
enum Output : std::uint8_t { gates, y, before_h, before_c, last_h, last_c };
enum OutputOfGradient : std::uint8_t { dsums, dh0, dc0 };

constexpr std::int64_t widest_tile = 64;  // columns of a packed panel end at its multiples, on every instruction set

Graph::Output packed(std::int64_t terms, std::int64_t columns) { return {{terms * round_up(columns, widest_tile)}}; }

/// Each sum of a gate, or its gradient, meets a row of weight_hh.
Cost forward_cost(const Node& node) {
  return cost_of_product(node, 2 * node.in[0].shape().elements() * node.in[1].dim(0));
}
Cost gradient_cost(const Node& node) {
  return cost_of_product(node, 2 * node.out[dsums].shape().elements() * node.in[0].dim(2));
}

const Op gradient_op{.name = "lstm_recurrence_gradient",
                     .cpu = bodies::lstm_recurrence_gradient,
                     .in_place_input = 3,
                     .scratch = 0b1000,
                     .cost = gradient_cost};

void gradient(const Node& node, Gradients& g) {
  const Value weight = node.in[1];
  Graph& graph = weight.graph();
  const auto given = [&](Output output) {
    return g.has_output(output) ? g.of_output(output) : constant(graph, node.out[output].shape(), 0., node.place);
  };
  const Value dy = given(y), dh = given(last_h), dc = given(last_c);
  const std::int64_t units = weight.dim(0), sums = weight.dim(1);
  const auto made = graph
                        .record(gradient_op, {dy, dh, dc, node.out[gates], node.out[before_c], weight},
                                {{node.out[gates].shape()}, {dh.shape()}, {dc.shape()}, packed(sums, units)},
                                node.attributes, node.place)
                        .out;
  g.give(0, made[dsums]);
  g.give(2, made[dh0]);
  g.give(3, made[dc0]);
  if (!g.wants(1)) return;
  const std::int64_t steps = dy.dim(0) * dy.dim(1);
  g.give(1, linear_weight_gradient(reshape(node.out[before_h], {steps, units}, node.place),
                                   reshape(made[dsums], {steps, sums}, node.place), node.place));
}

constexpr Operand operands[]{{"x weight_ih + bias"}, {"weight_hh"}, {"h0"}, {"c0"}};
const Op op{.name = "lstm_recurrence",
            .operands = operands,
            .cpu = bodies::lstm_recurrence,
            .gradient = gradient,
            .in_place_input = 0,
            .scratch = 0b100'0000,
            .cost = forward_cost};

}  // namespace

LstmOutput lstm(Value x, const LstmParameters& parameters, Value h0, Value c0, const LstmOptions& options, Place at) {
  const Value weight_ih = parameters.weight_ih, weight_hh = parameters.weight_hh, bias = parameters.bias;
  const auto check = [&](bool holds, const char* rule) {
    require(holds, Fault::usage, "lstm at ", to_string(at), ": ", rule, "\n  x          ", x.described(),
            "\n  weight_ih  ", weight_ih.described(), "\n  weight_hh  ", weight_hh.described(), "\n  bias       ",
            bias.described(), "\n  h0         ", h0.described(), "\n  c0         ", c0.described());
  };
  check(x.shape().rank() == 3, "x must be [N, T, D]");
  check(weight_ih.shape().rank() == 2 && weight_hh.shape().rank() == 2, "the weights must be [D, 4H] and [H, 4H]");
  const std::int64_t n = x.dim(0), steps = x.dim(1), units = weight_hh.dim(0);
  check(weight_hh.dim(1) == 4 * units, "weight_hh must be [H, 4H]");
  check(weight_ih.shape() == Shape{x.dim(2), 4 * units}, "weight_ih must be [D, 4H]: D of x, H of weight_hh");
  check(bias.shape() == Shape{4 * units}, "bias must be [4H]");
  check(h0.shape() == Shape{n, units} && c0.shape() == h0.shape(), "h0 and c0 must be [N, H]");
  check(units <= most_lstm_units, "there can be at most 2^13 units");

  const Value sums = linear(reshape(x, {n * steps, x.dim(2)}, at), weight_ih, bias, {}, at);
  const Shape states{n, steps, units};
  const auto& out = x.graph()
                        .record(op, {reshape(sums, {n, steps, 4 * units}, at), weight_hh, h0, c0},
                                {{{n, steps, 4 * units}},
                                 {states},
                                 {states},
                                 {states},
                                 {h0.shape()},
                                 {c0.shape()},
                                 packed(units, 4 * units)},
                                Attributes::of(RecurrenceAttributes{static_cast<float>(options.forget_bias)}), at)
                        .out;
  return {out[y], out[last_h], out[last_c]};
}

}  // namespace deepobs
