#include "kernels/passes/mixed_precision.h"

#include <algorithm>
#include <map>
#include <vector>

#include "engine/graph/graph_editor.h"
#include "kernels/ops/elementwise/to_bf16.h"

namespace deepobs {
namespace {

/// The values, by root id, that all their users can do with as bf16.
std::vector<bool> storable(const Graph& graph) {
  const std::size_t count = graph.values().size();
  std::vector<bool> written(count), read(count), excluded(count);
  const auto at = [](std::vector<bool>& of, Value root) { return of[static_cast<std::size_t>(root.id())]; };
  for (const Node& node : graph.nodes()) {
    if (node.op->is_alias()) continue;  // its users count as those of its root
    for (std::size_t i = 0; i < node.in.size(); ++i) {
      const bool can = Op::has_bit(node.op->bf16.needs | node.op->bf16.reads, i);
      at(can ? read : excluded, graph.root(node.in[i])) = true;
    }
    for (std::size_t i = 0; i < node.out.size(); ++i) at(written, node.out[i]) = Op::has_bit(node.op->bf16.writes, i);
  }
  for (std::size_t v = 0; v < count; ++v) {
    const ValueInfo& info = graph.values()[v];
    excluded[v] = excluded[v] || info.kept || info.buffer >= 0 || info.type != Type::f32;
  }
  std::vector<bool> result(count);
  for (std::size_t v = 0; v < count; ++v) result[v] = written[v] && read[v] && !excluded[v];
  return result;
}

/// Records the roundings that are left: of a value before the first node that needs it, and with it of all that lie in
/// the same buffer and are needed later. So all parameters are rounded at once.
class Rounding {
 public:
  explicit Rounding(Graph& graph) : graph_(graph) {}

  void record() {
    for (at_ = 0; at_ < graph_.nodes().size(); ++at_) {
      const Node node = graph_.nodes()[at_];
      for (std::size_t i = 0; i < node.in.size(); ++i)
        if (needs(node, i)) GraphEditor(graph_).replace_operand(at_, i, rounded(node.in[i]));
      if (node.op->changes != 0)
        std::erase_if(rounded_, [&](const auto& known) { return changes(node, buffer_of({&graph_, known.first})); });
    }
  }

 private:
  static bool needs(const Node& node, std::size_t i) {
    const Bf16Use& use = node.op->bf16;
    const bool narrow = !node.out.empty() && node.out[0].type() == Type::bf16;
    return node.in[i].type() == Type::f32 && Op::has_bit(use.needs | (narrow ? use.like_output : 0), i);
  }

  int buffer_of(Value value) const { return graph_.info(graph_.root(value)).buffer; }

  bool changes(const Node& node, int buffer) const {
    for (std::size_t i = 0; i < node.in.size(); ++i)
      if (node.op->changes_operand(i) && buffer >= 0 && buffer_of(node.in[i]) == buffer) return true;
    return false;
  }

  Value rounded(Value value) {
    if (!rounded_.contains(value.id())) {
      const auto together = needed_with(value);
      const Place place = graph_.nodes()[at_].place;
      const auto made = to_bf16(together, place);
      GraphEditor(graph_).move_last_before(at_++);
      for (std::size_t k = 0; k < made.size(); ++k) rounded_.emplace(together[k].id(), made[k]);
    }
    return rounded_.at(value.id());
  }

  /// The value, and what else of its buffer is needed before it changes.
  std::vector<Value> needed_with(Value value) const {
    std::vector<Value> found{value};
    const int buffer = buffer_of(value);
    if (buffer < 0) return found;
    for (std::size_t n = at_; n < graph_.nodes().size() && !changes(graph_.nodes()[n], buffer); ++n) {
      const Node& node = graph_.nodes()[n];
      for (std::size_t i = 0; i < node.in.size(); ++i)
        if (needs(node, i) && buffer_of(node.in[i]) == buffer && !rounded_.contains(node.in[i].id()) &&
            std::ranges::find(found, node.in[i]) == found.end())
          found.push_back(node.in[i]);
    }
    return found;
  }

  Graph& graph_;
  std::size_t at_ = 0;
  std::map<int, Value> rounded_;  // by id of what it was made of
};

}  // namespace

void record_mixed_precision(Graph& graph) {
  const std::vector<bool> narrow = storable(graph);
  for (std::size_t v = 0; v < narrow.size(); ++v)
    if (narrow[v]) GraphEditor(graph).retype({&graph, static_cast<int>(v)}, Type::bf16);
  Rounding(graph).record();
}

}  // namespace deepobs
