#include "engine/graph/graph_editor.h"

#include <algorithm>

namespace deepobs {

Value GraphEditor::make_value(const Shape& shape, Type type) { return graph_.add({.type = type, .shape = shape}); }

void GraphEditor::set_nodes(std::vector<Node> nodes) {
  for (auto& value : graph_.values_) value.producer = -1;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    for (const Value operand : nodes[n].in) {
      const auto& of = graph_.info(graph_.root(operand));
      require(of.producer >= 0 || of.buffer >= 0, Fault::internal, nodes[n].described(),
              ": an operand is not computed yet: ", operand.described());
    }
    for (const Value output : nodes[n].out) {
      int& producer = graph_.values_[static_cast<std::size_t>(output.id())].producer;
      require(producer < 0, Fault::internal, nodes[n].described(), ": an output is computed twice");
      producer = static_cast<int>(n);
    }
  }
  graph_.nodes_ = std::move(nodes);
}

/// Whether some node reads the value of that id, or the place where it lies in a buffer.
bool GraphEditor::is_read(const ValueInfo& made, int id) const {
  const auto reads = [&](Value operand) {
    if (operand.id() == id) return true;
    const auto& other = graph_.info(graph_.root(operand));
    return made.buffer >= 0 && other.buffer == made.buffer && other.offset < made.offset + made.shape.elements() &&
           made.offset < other.offset + other.shape.elements();
  };
  return std::ranges::any_of(graph_.nodes_, [&](const Node& node) { return std::ranges::any_of(node.in, reads); });
}

bool GraphEditor::can_withdraw(Value value) const {
  const int at = graph_.info(value).producer;
  return at >= 0 && std::ranges::none_of(graph_.nodes_[static_cast<std::size_t>(at)].out, [this](Value output) {
           const auto& made = graph_.info(output);
           return made.kept || (made.buffer < 0 && made.shape.elements() > 0) || is_read(made, output.id());
         });
}

Node GraphEditor::withdraw(Value value) {
  require(can_withdraw(value), Fault::internal,
          "the node of this value is still needed, or there is none: ", value.described());
  const int at = graph_.info(value).producer;
  const Node node = graph_.nodes_[static_cast<std::size_t>(at)];
  graph_.nodes_.erase(graph_.nodes_.begin() + at);
  for (auto& other : graph_.values_) {
    if (other.producer == at) other.producer = -1;
    if (other.producer > at) --other.producer;
  }
  return node;
}

void GraphEditor::settle(Value value, int buffer, std::int64_t offset) {
  auto& info = graph_.values_[static_cast<std::size_t>(value.id())];
  require(info.buffer < 0 && info.alias_of < 0 && info.producer >= 0, Fault::internal,
          "only a computed value can be laid into a buffer, not ", value.described());
  info.buffer = buffer;
  info.offset = offset;
}

void GraphEditor::retype(Value value, Type type) {
  for (std::size_t v = 0; v < graph_.values_.size(); ++v) {
    if (graph_.root(static_cast<int>(v)) != graph_.root(value.id())) continue;
    auto& each = graph_.values_[v];
    require(each.buffer < 0 && !each.kept && each.producer >= 0, Fault::internal,
            "only a computed value that nobody outside reads can get another type, not ", value.described());
    each.type = type;
  }
}

void GraphEditor::replace_operand(std::size_t node, std::size_t i, Value by) {
  Value& operand = graph_.nodes_.at(node).in.at(i);
  require(by.shape() == operand.shape(), Fault::internal,
          "an operand can only be replaced by one of its shape: ", operand.described(), "; ", by.described());
  operand = by;
}

void GraphEditor::move_last_before(std::size_t at) {
  const int last = static_cast<int>(graph_.nodes_.size()) - 1, to = static_cast<int>(at);
  std::rotate(graph_.nodes_.begin() + to, graph_.nodes_.end() - 1, graph_.nodes_.end());
  for (auto& each : graph_.values_) {
    if (each.producer == last)
      each.producer = to;
    else if (each.producer >= to)
      ++each.producer;
  }
}

void GraphEditor::mark_gradients(std::size_t first) {
  for (std::size_t n = first; n < graph_.nodes_.size(); ++n) graph_.nodes_[n].of_gradient = true;
}

}  // namespace deepobs
