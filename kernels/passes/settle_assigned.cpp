#include "kernels/passes/settle_assigned.h"

#include <algorithm>
#include <vector>

#include "engine/graph/graph_editor.h"

namespace deepobs {
namespace {

/// Elements of a buffer of the store.
struct Region {
  int buffer;
  std::int64_t begin, end;

  bool operator==(const Region&) const = default;
  bool overlaps(const Region& other) const {
    return buffer >= 0 && buffer == other.buffer && begin < other.end && other.begin < end;
  }
};

/// Where a value lies; without a buffer in the arena. Of a part of a tensor the whole of it.
Region region_of(const Graph& graph, Value value) {
  const ValueInfo& info = graph.info(graph.root(value));
  return {info.buffer, info.offset, info.offset + info.shape.elements()};
}

class Settling {
 public:
  explicit Settling(Graph& graph)
      : graph_(graph), last_reader_(graph.values().size(), 0), kept_(graph.values().size()) {
    for (std::size_t n = 0; n < nodes().size(); ++n)
      for (const Value operand : nodes()[n].in) last_reader_[root_of(operand)] = n;
    for (std::size_t v = 0; v < graph.values().size(); ++v)
      if (graph.values()[v].kept) kept_[static_cast<std::size_t>(graph.root(static_cast<int>(v)))] = true;
  }

  void settle_all() {
    GraphEditor editor(graph_);
    std::vector<bool> gone(nodes().size());
    for (std::size_t n = 0; n < nodes().size(); ++n) {
      const Node& node = nodes()[n];
      if (node.op->name != "carry" || !may_lie_there(node.in[0], node.in[1], n, gone)) continue;
      const Region place = region_of(graph_, node.in[1]);
      editor.settle(Value(&graph_, static_cast<int>(root_of(node.in[0]))), place.buffer, place.begin);
      gone[n] = true;
    }
    if (std::ranges::none_of(gone, [](bool each) { return each; })) return;
    std::vector<Node> rest;
    for (std::size_t n = 0; n < gone.size(); ++n)
      if (!gone[n]) rest.push_back(nodes()[n]);
    editor.set_nodes(std::move(rest));
  }

 private:
  const std::vector<Node>& nodes() const { return graph_.nodes(); }
  std::size_t root_of(Value value) const { return static_cast<std::size_t>(graph_.root(value.id())); }

  /// Whether the tensor that `value` is all of may lie in a place that it is copied to by node `copy`.
  bool may_lie_there(Value value, Value to, std::size_t copy, const std::vector<bool>& gone) const {
    const std::size_t root = root_of(value);
    const ValueInfo& made = graph_.values()[root];
    const Region place = region_of(graph_, to);
    const std::int64_t elements = value.shape().elements();
    if (made.buffer >= 0 || kept_[root] || made.producer < 0 || made.type != to.type()) return false;
    if (made.shape.elements() != elements || place.end - place.begin != elements) return false;
    const auto maker = static_cast<std::size_t>(made.producer);
    if (!may_make_there(nodes()[maker], root, place)) return false;
    for (std::size_t n = maker + 1; n < last_reader_[root]; ++n) {
      if (n == copy || gone[n]) continue;
      if (n < copy ? touches(nodes()[n], place) : writes(nodes()[n], place)) return false;
    }
    const std::size_t last = last_reader_[root];
    return last == copy || gone[last] || !writes(nodes()[last], place);
  }

  /// Whether a node may write an output where it may read an operand.
  bool may_make_there(const Node& maker, std::size_t output, const Region& place) const {
    if (maker.op->changes != 0) return false;
    int reads = 0;
    for (std::size_t i = 0; i < maker.in.size(); ++i) {
      const Region read = region_of(graph_, maker.in[i]);
      if (!read.overlaps(place)) continue;
      const bool in_place = static_cast<int>(i) == maker.op->in_place_input && read == place &&
                            maker.in[i].shape().elements() == place.end - place.begin &&
                            static_cast<std::size_t>(maker.out[0].id()) == output;
      if (!in_place || ++reads > 1) return false;
    }
    return true;
  }

  bool touches(const Node& node, const Region& place) const {
    const auto overlaps = [&](Value value) { return region_of(graph_, value).overlaps(place); };
    return std::ranges::any_of(node.in, overlaps) || std::ranges::any_of(node.out, overlaps);
  }

  /// An alias writes nothing: its output is a part of its input.
  bool writes(const Node& node, const Region& place) const {
    if (node.op->is_alias()) return false;
    for (std::size_t i = 0; i < node.in.size(); ++i)
      if (node.op->changes_operand(i) && region_of(graph_, node.in[i]).overlaps(place)) return true;
    return std::ranges::any_of(node.out, [&](Value value) { return region_of(graph_, value).overlaps(place); });
  }

  Graph& graph_;
  std::vector<std::size_t> last_reader_;  // by root value id: the last node that reads it
  std::vector<bool> kept_;                // by root value id: the host reads it, or a part of it, behind a replay
};

}  // namespace

void settle_assigned(Graph& graph) { Settling(graph).settle_all(); }

}  // namespace deepobs
