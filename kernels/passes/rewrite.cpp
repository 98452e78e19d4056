#include "kernels/passes/rewrite.h"

#include "engine/graph/graph_editor.h"

namespace deepobs {

Rewrite::Rewrite(Graph& graph)
    : graph_(graph), nodes_(graph.nodes()), dropped_(nodes_.size()), before_(nodes_.size() + 1) {
  for (std::size_t n = 0; n < nodes_.size(); ++n)
    for (const Value operand : nodes_[n].in) {
      auto& readers = readers_[operand.id()];
      if (readers.empty() || readers.back() != n) readers.push_back(n);
    }
}

const Node* Rewrite::producer(Value value, std::string_view op) const {
  const int at = graph_.info(value).producer;
  if (at < 0 || static_cast<std::size_t>(at) >= nodes_.size()) return nullptr;
  const Node& node = nodes_[static_cast<std::size_t>(at)];
  return node.op->name == op ? &node : nullptr;
}

const std::vector<std::size_t>& Rewrite::readers(Value value) const {
  static const std::vector<std::size_t> none;
  const auto at = readers_.find(value.id());
  return at == readers_.end() ? none : at->second;
}

const Node* Rewrite::only_reader(Value value, std::string_view op) const {
  const auto& all = readers(value);
  return all.size() == 1 && nodes_[all[0]].op->name == op ? &nodes_[all[0]] : nullptr;
}

bool Rewrite::is_internal(Value value) const { return !graph_.info(value).kept && graph_.info(value).buffer < 0; }

void Rewrite::replace(Value old, Value by) {
  require(!graph_.info(old).kept || graph_.info(old).buffer >= 0, Fault::internal,
          "the host reads a value that another one replaces: ", old.described());
  replaced_[old.id()] = by;
  if (const auto info = graph_.info(old); info.buffer >= 0) GraphEditor(graph_).settle(by, info.buffer, info.offset);
}

void Rewrite::commit() {
  std::vector<Node> all;
  for (std::size_t n = 0; n <= nodes_.size(); ++n) {
    all.insert(all.end(), before_[n].begin(), before_[n].end());
    if (n < nodes_.size() && !dropped_[n]) all.push_back(nodes_[n]);
  }
  for (Node& node : all)
    for (Value& operand : node.in)
      for (auto at = replaced_.find(operand.id()); at != replaced_.end(); at = replaced_.find(operand.id()))
        operand = at->second;
  GraphEditor(graph_).set_nodes(std::move(all));
}

}  // namespace deepobs
