#include "kernels/update/gradient_update.h"

#include <optional>

#include "engine/graph/graph_editor.h"

namespace deepobs {
namespace {

/// Below it, a gradient is still in a cache when the update comes.
constexpr std::int64_t least_elements = 1 << 16;

/// The value that lies in the gradient buffer at the parameter's place, if an op made it there that has a twin.
std::optional<Value> replaceable_gradient(Graph& graph, const Store::Parameter& parameter) {
  if (parameter.shape.elements() < least_elements) return {};
  for (std::size_t v = 0; v < graph.values().size(); ++v) {
    const auto& info = graph.values()[v];
    if (info.buffer != Store::gradients_id || info.producer < 0 || info.offset != parameter.offset) continue;
    const Value value(&graph, static_cast<int>(v));
    // A gradient with a workspace is added up of parts there, which come to the same memory twice: it cannot be
    // withdrawn.
    const bool has_twin = graph.nodes()[static_cast<std::size_t>(info.producer)].op->updating != nullptr;
    if (has_twin && GraphEditor(graph).can_withdraw(value)) return value;
    return {};
  }
  return {};
}

}  // namespace

std::vector<std::int64_t> record_gradient_updates(Graph& graph, const Update& update, const UpdateSite& site,
                                                  std::span<const Value> operands) {
  std::vector<std::int64_t> consumed;
  const Attributes whole = update.attributes(site);
  for (const auto& parameter : graph.store().parameters()) {
    const auto gradient = replaceable_gradient(graph, parameter);
    if (!gradient) continue;
    const Node node = GraphEditor(graph).withdraw(*gradient);
    std::vector<Value> in = node.in;
    in.push_back(operands[0]);
    in.insert(in.end(), operands.begin() + 2, operands.end());
    graph.set_label(node.label);
    graph.record_effect(*node.op->updating, std::move(in),
                        Attributes::of(GradientUpdate{update.range, whole, parameter.offset}), node.place);
    consumed.push_back(parameter.offset);
  }
  graph.set_label("");
  return consumed;
}

}  // namespace deepobs
