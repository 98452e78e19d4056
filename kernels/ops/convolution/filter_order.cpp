#include "kernels/ops/convolution/filter_order.h"

#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/convolution/filter_order_attributes.h"

namespace deepobs {

DEEPOBS_CPU_BODY(filters_in_library_order);
DEEPOBS_CPU_BODY(finished_gradients);

namespace {

const Op turning_op{
    .name = "filters_in_library_order", .cpu = bodies::filters_in_library_order, .bf16 = {.writes = ~0u}};
const Op finishing_op{.name = "finished_gradients", .cpu = bodies::finished_gradients, .bf16 = {.reads = ~0u}};

Shape library_order(const Shape& filter) { return {filter[3], filter[0], filter[1], filter[2]}; }

}  // namespace

std::vector<Value> filters_in_library_order(std::span<const Value> w, Place at) {
  require(!w.empty(), Fault::usage, turning_op.name, " at ", to_string(at), ": needs at least one filter");
  std::vector<Graph::Output> outputs;
  for (const Value& each : w) {
    require(each.shape().rank() == 4, Fault::usage, turning_op.name, " at ", to_string(at),
            ": a filter must be [kh, kw, C, K]: ", each.described());
    outputs.push_back({library_order(each.shape())});
  }
  return w[0].graph().record(turning_op, {w.begin(), w.end()}, outputs, {}, at).out;
}

std::vector<Value> finished_gradients(std::span<const RawGradient> gradients, float factor, Place at) {
  require(!gradients.empty(), Fault::usage, finishing_op.name, " at ", to_string(at), ": needs at least one gradient");
  std::vector<Value> in, parameters;
  std::vector<Graph::Output> outputs;
  FinishedGradients attributes{{}, {}, factor};
  for (const auto& [of_loss, parameter, turned, decayed] : gradients) {
    require(parameter.type() == Type::f32 && (!turned || parameter.shape().rank() == 4) &&
                of_loss.shape() == (turned ? library_order(parameter.shape()) : parameter.shape()),
            Fault::usage, finishing_op.name, " at ", to_string(at), ": a gradient must be like its parameter, or ",
            "[K, kh, kw, C] of a filter [kh, kw, C, K]: ", of_loss.described(), "; ", parameter.described());
    in.push_back(of_loss);
    if (decayed) parameters.push_back(parameter);
    attributes.turned.push_back(turned);
    attributes.decayed.push_back(decayed);
    outputs.push_back({parameter.shape()});
  }
  in.insert(in.end(), parameters.begin(), parameters.end());
  Graph& graph = in[0].graph();
  return graph.record(finishing_op, std::move(in), outputs, Attributes::of(std::move(attributes)), at).out;
}

}  // namespace deepobs
