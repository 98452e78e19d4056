#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/graph/graph.h"

namespace deepobs {

/// Changes what is already recorded. Passes arrange a graph's nodes anew with it, an update takes out the nodes that it
/// does better itself, and autodiff lays gradients into their buffer; a model is recorded without it.
class GraphEditor {
 public:
  explicit GraphEditor(Graph& graph) : graph_(graph) {}

  /// A tensor that no node computes yet.
  Value make_value(const Shape& shape, Type type = Type::f32);

  /// These nodes in place of the present ones. A value that no node computes any more has no memory. Errors: a value of
  /// the arena is read before it is computed, or computed twice.
  void set_nodes(std::vector<Node> nodes);

  /// Takes the node that computes `value` out again and returns it, so that the caller can record another one in its
  /// place: nothing computes its outputs any more. Errors: can_withdraw() says no.
  Node withdraw(Value value);

  /// Whether nobody needs that node: no node reads one of its outputs or its place in a buffer, the host does not, and
  /// none has memory in the arena.
  bool can_withdraw(Value value) const;

  /// Lays an arena value into a buffer of the store. Errors: it lies in one already, or is an alias.
  void settle(Value value, int buffer, std::int64_t offset);

  /// Gives a computed value, and those that are its memory under another shape, another type. Errors: it lies in a
  /// buffer, or is kept.
  void retype(Value value, Type type);

  /// Lets `by` be operand i of a node. Errors: another shape.
  void replace_operand(std::size_t node, std::size_t i, Value by);

  /// Moves the node that was recorded last before node `at`.
  void move_last_before(std::size_t at);

  /// Says that the nodes from `first` on compute gradients (Node::of_gradient).
  void mark_gradients(std::size_t first);

  /// Says that the gradients of the parameters were recorded (Graph::is_differentiated).
  void mark_differentiated() { graph_.differentiated_ = true; }

 private:
  bool is_read(const ValueInfo& made, int id) const;

  Graph& graph_;
};

}  // namespace deepobs
