#include "kernels/ops/norm/batch_norm.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/activation/relu.h"

namespace deepobs {

DEEPOBS_CPU_BODY(batch_norm);
DEEPOBS_CPU_BODY(batch_norm_gradient);
DEEPOBS_CPU_BODY(batch_norm_by);
DEEPOBS_CPU_BODY(batch_norm_by_gradient);
DEEPOBS_CPU_BODY(track_statistics);

namespace {

NormCut cut_of(Value x) {
  const std::int64_t columns = x.dim(x.shape().rank() - 1);
  return {columns > 0 ? x.shape().elements() / columns : 0, columns};
}

constexpr Operand for_gradient[]{{"dz"}, {"x"}, {"weight"}, {"mean", Type::f64}, {"variance", Type::f64}};
const Op gradient_op{.name = "batch_norm_gradient",
                     .operands = for_gradient,
                     .cpu = bodies::batch_norm_gradient,
                     .scratch = 0b1000,
                     .bf16 = {.reads = 0b11, .writes = 0b1}};
const Op gradient_by_op{.name = "batch_norm_by_gradient",
                        .cpu = bodies::batch_norm_by_gradient,
                        .scratch = 0b1000,
                        .bf16 = {.reads = 0b11, .writes = 0b1}};

/// The statistics lie in f64 or f32, and that is all that the two gradients know of each other.
void give_gradients(const Op& made_by, const Node& node, Gradients& g, Value mean, Value variance) {
  const Value x = node.in[0], weight = node.in[1], y = node.out[0];
  const bool relu = node.attributes.as<BatchNorm>().relu;
  const Value dz = relu ? gradient_before_relu(g, y, node.place) : g.of_output();
  const auto& made =
      x.graph()
          .record(made_by, {dz, x, weight, mean, variance},
                  {{x.shape()}, {weight.shape()}, {weight.shape()}, {{cut_of(x).scratch_doubles()}, Type::f64}},
                  node.attributes, node.place)
          .out;
  const Value dx = made[0], dweight = made[1], dbias = made[2];
  g.give(0, dx);
  g.give(1, dweight);
  g.give(2, dbias);
}

void gradient(const Node& node, Gradients& g) { give_gradients(gradient_op, node, g, node.out[1], node.out[2]); }

void gradient_by(const Node& node, Gradients& g) {
  require(!g.wants(3) && !g.wants(4), Fault::usage, node.described(),
          ": the given statistics are constants; a parameter reaches them, and would get no gradient");
  give_gradients(gradient_by_op, node, g, node.in[3], node.in[4]);
}

constexpr Operand operands[]{{"x"}, {"weight"}, {"bias"}, {"mean"}, {"variance"}};
const Op op{.name = "batch_norm",
            .operands = operands,
            .cpu = bodies::batch_norm,
            .gradient = gradient,
            .scratch = 0b1000,
            .bf16 = {.reads = 0b1, .writes = 0b1}};
const Op by_op{.name = "batch_norm_by",
               .operands = operands,
               .cpu = bodies::batch_norm_by,
               .gradient = gradient_by,
               .in_place_input = 0,
               .scratch = 0b10,
               .bf16 = {.reads = 0b1, .writes = 0b1}};

constexpr Operand tracking[]{{"mean", Type::f64}, {"variance", Type::f64}, {"running_mean"}, {"running_variance"}};
const Op track_op{.name = "track_statistics", .operands = tracking, .cpu = bodies::track_statistics, .changes = 0b1100};

void check(std::string_view name, Value x, std::span<const Value> rows, const BatchNorm& options, Place at) {
  const auto& shape = x.shape();
  require(shape.rank() >= 1, Fault::usage, name, " at ", to_string(at), ": x must be [..., C], not ", x.described());
  for (std::size_t i = 0; i < rows.size(); ++i)
    require(rows[i].shape() == Shape{shape[shape.rank() - 1]}, Fault::usage, name, " at ", to_string(at), ": ",
            operands[i + 1].name, " must have one element for each channel of x, ", x.described(), ": ",
            rows[i].described());
  require(options.eps > 0., Fault::usage, name, " at ", to_string(at), ": eps must be positive, not ", options.eps);
}

}  // namespace

BatchNormed batch_norm(Value x, Value weight, Value bias, const BatchNorm& options, Place at) {
  check(op.name, x, std::array{weight, bias}, options, at);
  const NormCut cut = cut_of(x);
  require(cut.rows >= 2 || cut.columns == 0, Fault::usage, op.name, " at ", to_string(at),
          ": the statistics of a channel need two elements or more, from a larger batch or image: ", x.described());
  const Graph::Output statistic{weight.shape(), Type::f64};
  const auto& out =
      x.graph()
          .record(op, {x, weight, bias}, {{x.shape()}, statistic, statistic, {{cut.scratch_doubles()}, Type::f64}},
                  Attributes::of(options), at)
          .out;
  const BatchNormed made{out[0], out[1], out[2]};
  if (options.relu) x.graph().mark_rectified(made.y);
  return made;
}

Value batch_norm_by(Value x, Value weight, Value bias, Value mean, Value variance, const BatchNorm& options, Place at) {
  check(by_op.name, x, std::array{weight, bias, mean, variance}, options, at);
  const Value y = x.graph()
                      .record(by_op, {x, weight, bias, mean, variance},
                              {{x.shape()}, {{2 * weight.shape().elements()}, Type::f64}}, Attributes::of(options), at)
                      .out[0];
  if (options.relu) x.graph().mark_rectified(y);
  return y;
}

void track_statistics(const BatchNormed& normed, Value running_mean, Value running_variance, double momentum,
                      Place at) {
  Graph& graph = normed.y.graph();
  const auto check = [&](bool holds, const char* rule) {
    require(holds, Fault::usage, track_op.name, " at ", to_string(at), ": ", rule, "\n  mean              ",
            normed.mean.described(), "\n  running_mean      ", running_mean.described(), "\n  running_variance  ",
            running_variance.described(), "\n  momentum          ", momentum);
  };
  check(momentum >= 0. && momentum <= 1., "momentum must be in [0, 1]");
  for (const Value running : {running_mean, running_variance}) {
    check(running.shape() == normed.mean.shape(), "running statistics must be [C] like those of the mini-batch");
    check(graph.info(running).buffer >= 0, "running statistics must lie in buffers of the store, which outlive a step");
  }
  const auto elements = static_cast<double>(cut_of(normed.y).rows);
  graph.record_effect(track_op, {normed.mean, normed.variance, running_mean, running_variance},
                      Attributes::of(RunningStatistics{momentum, elements / (elements - 1.)}), at);
}

}  // namespace deepobs
