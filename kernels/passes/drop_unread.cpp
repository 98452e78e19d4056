#include "kernels/passes/drop_unread.h"

#include <algorithm>

#include "engine/graph/graph_editor.h"

namespace deepobs {

void drop_unread(Graph& graph) {
  std::vector<bool> read(graph.values().size());
  const auto is_needed = [&](Value output) {
    const ValueInfo& info = graph.info(output);
    return info.kept || info.buffer >= 0 || read[static_cast<std::size_t>(output.id())];
  };
  std::vector<Node> needed;
  for (auto node = graph.nodes().rbegin(); node != graph.nodes().rend(); ++node) {
    if (node->op->changes == 0 && std::ranges::none_of(node->out, is_needed)) continue;
    for (const Value operand : node->in) read[static_cast<std::size_t>(operand.id())] = true;
    needed.push_back(*node);
  }
  if (needed.size() == graph.nodes().size()) return;
  std::ranges::reverse(needed);
  GraphEditor(graph).set_nodes(std::move(needed));
}

}  // namespace deepobs
