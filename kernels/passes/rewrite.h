#pragma once

#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/graph/graph.h"

namespace deepobs {

/// A graph that is being rewritten as a whole: its nodes as they were, with what shall change, until commit().
class Rewrite {
 public:
  explicit Rewrite(Graph& graph);

  Graph& graph() const { return graph_; }
  /// The nodes as they were; those that were changed, as they are now.
  const std::vector<Node>& nodes() const { return nodes_; }
  Node& node(std::size_t n) { return nodes_[n]; }

  /// The node that computes a value, if it is one of that op; null otherwise.
  const Node* producer(Value value, std::string_view op) const;
  std::size_t index(const Node& node) const { return static_cast<std::size_t>(&node - nodes_.data()); }

  /// The nodes that read a value itself; who reads it under another shape reads another value.
  const std::vector<std::size_t>& readers(Value value) const;
  /// The only one that does, if it is one of that op; null otherwise.
  const Node* only_reader(Value value, std::string_view op) const;

  /// Whether nobody but nodes sees a value: it is not kept, and lies in no buffer.
  bool is_internal(Value value) const;

  void drop(const Node& node) { dropped_[index(node)] = true; }

  /// Records nodes in front of node n; n may be the number of nodes. They get the label and place of `like`.
  template <class Record>
  auto record_before(std::size_t n, const Node& like, Record&& record) {
    const std::size_t begin = graph_.nodes().size();
    graph_.set_label(like.label);
    auto made = record(like.place);
    graph_.set_label("");
    before_[n].insert(before_[n].end(), graph_.nodes().begin() + static_cast<std::ptrdiff_t>(begin),
                      graph_.nodes().end());
    return made;
  }

  /// Who reads `old` reads `by` from now on, and where `old` lies in a buffer, `by` takes its place.
  void replace(Value old, Value by);

  /// Makes it so.
  void commit();

 private:
  Graph& graph_;
  std::vector<Node> nodes_;
  std::vector<bool> dropped_;
  std::vector<std::vector<Node>> before_;  // by node, and one for the end
  std::map<int, std::vector<std::size_t>> readers_;
  std::map<int, Value> replaced_;
};

}  // namespace deepobs
