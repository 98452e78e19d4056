#include "kernels/ops/loss/mean_softmax_xent.h"

#include "engine/graph/cost.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/loss/mean_softmax_xent_attributes.h"

namespace deepobs {

DEEPOBS_CPU_BODY(mean_softmax_xent);

namespace {

/// Of a log, only a number is written: too little to count.
Cost cost(const Node& node) {
  Cost cost = cost_in_bytes(node);
  cost.bytes_written_in_place = 0;
  return cost;
}

// Which operands are logs depends on whether there is a penalty before them.
constexpr Operand operands[]{{"logits"}, {"labels", Type::i32}, {"a log"}};
constexpr Operand operands_with_penalty[]{{"logits"}, {"labels", Type::i32}, {"the penalty"}, {"a log"}};
const Op op{.name = "mean_softmax_xent",
            .operands = operands,
            .cpu = bodies::mean_softmax_xent,
            .changes = ~0b11u,
            .cost = cost,
            .bf16 = {.writes = 0b10}};
const Op op_with_penalty{.name = "mean_softmax_xent",
                         .operands = operands_with_penalty,
                         .cpu = bodies::mean_softmax_xent,
                         .changes = ~0b111u,
                         .cost = cost,
                         .bf16 = {.writes = 0b10}};

}  // namespace

BatchLoss mean_softmax_xent(Value logits, Value labels, const MeanSoftmaxXent& options, Place at) {
  const auto check = [&](bool holds, const auto&... what) {
    require(holds, Fault::usage, "mean_softmax_xent at ", to_string(at), ": ", what...);
  };
  check(logits.shape().rank() == 2 && logits.dim(0) >= 1 && logits.dim(1) >= 1,
        "logits must be [N, K] with N, K >= 1: ", logits.described());
  check(labels.shape() == Shape{logits.dim(0)}, "labels must be one for each row of ", logits.described(), ": ",
        labels.described());
  MeanSoftmaxXentAttributes attributes;
  check(options.logs.size() <= attributes.logged.size(), "there can be ", attributes.logged.size(), " logs, not ",
        options.logs.size());
  Graph& graph = logits.graph();
  std::vector<Value> in{logits, labels};
  if (options.penalty) {
    check(options.penalty->shape() == Shape{}, "the penalty must be a scalar []: ", options.penalty->described());
    in.push_back(*options.penalty);
    attributes.penalty = true;
  }
  for (const auto& [of, buffer] : options.logs) {
    const Value log = graph.buffer(buffer);
    check(log.shape().rank() == 1, "a log must be [n]: ", log.described());
    in.push_back(log);
    attributes.logged[static_cast<std::size_t>(attributes.logs++)] = of;
  }
  std::vector<Graph::Output> outputs{{Shape{}}};
  if (options.gradient) {
    outputs.push_back({logits.shape()});
    attributes.dloss = static_cast<float>(static_cast<double>(static_cast<float>(*options.gradient)) /
                                          static_cast<double>(logits.dim(0)));
  }
  const auto& out =
      graph.record(options.penalty ? op_with_penalty : op, std::move(in), outputs, Attributes::of(attributes), at).out;
  return {out[0], options.gradient ? out[1] : Value()};
}

}  // namespace deepobs
