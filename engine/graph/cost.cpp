#include "engine/graph/cost.h"

namespace deepobs {

std::int64_t bytes_of(Value value) { return value.shape().elements() * bytes_of(value.type()); }

Cost cost_in_bytes(const Node& node) {
  Cost cost;
  for (std::size_t i = 0; i < node.in.size(); ++i) {
    cost.bytes_read += bytes_of(node.in[i]);
    if (node.op->changes_operand(i)) cost.bytes_written_in_place += bytes_of(node.in[i]);
  }
  for (std::size_t i = 0; i < node.out.size(); ++i)
    if (!node.op->is_scratch(i)) cost.bytes_written += bytes_of(node.out[i]);
  cost.footprint = cost.bytes_read + cost.bytes_written;
  return cost;
}

Cost cost_of_product(const Node& node, std::int64_t flops) {
  Cost cost = cost_in_bytes(node);
  cost.flops = flops;
  return cost;
}

Cost cost_of(const Node& node) {
  if (node.op->cost == nullptr) return cost_in_bytes(node);
  Cost cost = node.op->cost(node);
  cost.declared = true;
  return cost;
}

std::int64_t flops_of(const Graph& graph) {
  std::int64_t all = 0;
  for (const auto& node : graph.nodes()) all += cost_of(node).flops;
  return all;
}

}  // namespace deepobs
