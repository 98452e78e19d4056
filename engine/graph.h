#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <typeinfo>
#include <vector>

#include "engine/check.h"
#include "engine/op.h"
#include "engine/store.h"

namespace deepobs {

class Graph;

/// A tensor of a graph: a name for something that will be computed, not memory. Cheap to copy. A Value{} is empty.
class Value {
 public:
  Value() = default;
  Value(Graph* graph, int id) : graph_(graph), id_(id) {}

  const Shape& shape() const;
  Type type() const;
  std::int64_t dim(int axis) const { return shape()[axis]; }
  /// Errors, of this and of all that asks a tensor for something: an empty Value.
  Graph& graph() const {
    require(graph_ != nullptr, Fault::usage,
            "an empty Value, made by no graph, stands where a tensor must: take one from an op, Graph::parameter() or "
            "Graph::input()");
    return *graph_;
  }
  int id() const { return id_; }
  /// "[128, 10] from linear 'fc4', models/mlp.cpp:24": for messages.
  std::string described() const;
  bool operator==(const Value&) const = default;

 private:
  Graph* graph_ = nullptr;
  int id_ = -1;
};

/// A node's constants: any plain struct, shared and immutable.
class Attributes {
 public:
  Attributes() = default;
  /// `Base`: what the struct begins with, if others shall find that without knowing the struct.
  template <class T, class Base = T>
  static Attributes of(T value) {
    Attributes made;
    const auto data = std::make_shared<const T>(std::move(value));
    require(static_cast<const void*>(static_cast<const Base*>(data.get())) == data.get(), Fault::internal,
            "attributes must begin with their base");
    made.data_ = data;
    made.type_ = &typeid(T);
    made.base_ = &typeid(Base);
    return made;
  }
  template <class T>
  const T& as() const {
    const T* found = find<T>();
    require(found != nullptr, Fault::internal, "a node's attributes are not of the type asked for");
    return *found;
  }
  /// Null where they are of another type.
  template <class T>
  const T* find() const {
    const bool is = type_ != nullptr && (*type_ == typeid(T) || *base_ == typeid(T));
    return is ? static_cast<const T*>(data_.get()) : nullptr;
  }
  const void* data() const { return data_.get(); }

 private:
  std::shared_ptr<const void> data_;
  const std::type_info *type_ = nullptr, *base_ = nullptr;
};

/// One recorded computation. Nodes are replayed in the order of recording.
struct Node {
  const Op* op = nullptr;
  std::vector<Value> in, out;
  Attributes attributes;
  std::string label;  ///< the layer's name, may be empty
  Place place;

  /// "linear 'fc4', models/mlp.cpp:24"
  std::string described() const;
};

/// What is known of a value.
struct ValueInfo {
  Type type = Type::f32;
  Shape shape;
  int producer = -1;            ///< the node, or -1: it stands in a buffer from the beginning
  int buffer = -1;              ///< the Store's buffer in which it lies, or -1: in the arena, where the plan puts it
  std::int64_t offset = 0;      ///< its first element in that buffer
  int alias_of = -1;            ///< the value whose memory this is under another shape
  bool needs_gradient = false;  ///< some parameter reaches it
  bool rectified = false;  ///< a relu's output, or made of one so that its gradient only counts where it is positive
  bool kept = false;       ///< readable after a replay: the plan must not reuse its memory
};

/// A computation, recorded once: the nodes in order and the tensors between them. Recording checks all shapes and types,
/// so a graph that could be recorded has no error of either left.
class Graph {
 public:
  /// The persistent tensors are declared in `store`, which must outlive the graph.
  explicit Graph(Store& store) : store_(&store) {}
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  Store& store() const { return *store_; }

  /// A trainable tensor [f32]; the same name gives the same tensor. `border` says how files keep it.
  Value parameter(const std::string& name, const Shape& shape, Initializer initial,
                  std::optional<Border> border = std::nullopt);

  /// A whole buffer of the store, as an operand.
  Value buffer(int id);

  /// Numbers that no step changes [f32]; the same name gives the same tensor. `write` fills it with them.
  /// Errors: the name of another buffer, or another shape than before.
  Value constants(const std::string& name, const Shape& shape, std::function<void(std::span<float>)> write);

  /// An input that the host writes before replays: a new buffer of the store.
  Value input(const std::string& name, Type type, const Shape& shape);

  /// Appends a node; its outputs get the types and shapes given. Errors: an operand that is empty, of another graph, or
  /// of another type than the op takes there (Op::operands).
  struct Output {
    Shape shape;
    Type type = Type::f32;
  };
  const Node& record(const Op& op, std::vector<Value> in, const std::vector<Output>& outputs, Attributes attributes,
                     Place place);

  /// record() for the many ops with one f32 output.
  Value record_one(const Op& op, std::vector<Value> in, const Shape& shape, Attributes attributes, Place place);

  /// Appends a node that overwrites buffers of the store (an update, a log), which are among its operands; there is no
  /// output. Errors: the op does not say which operands it changes (Op::changes).
  void record_effect(const Op& op, std::vector<Value> in, Attributes attributes, Place place);

  /// A tensor that no node computes yet: for who arranges nodes anew.
  Value make_value(const Shape& shape, Type type = Type::f32);

  /// These nodes in place of the present ones, for who rewrites a graph as a whole. A value that no node computes any
  /// more has no memory. Errors: a value of the arena is read before it is computed, or computed twice.
  void set_nodes(std::vector<Node> nodes);

  /// Takes the node that computes `value` out again and returns it, for who records another one in its place: nothing
  /// computes its outputs any more. Errors: can_withdraw() says no.
  Node withdraw(Value value);

  /// Whether nobody needs that node: no node reads one of its outputs, the host does not, and none has memory in the arena.
  bool can_withdraw(Value value) const;

  /// Lays an arena value into a buffer of the store. Errors: it lies in one already, or is an alias.
  void settle(Value value, int buffer, std::int64_t offset);

  /// The value whose memory this one is under another shape, or itself.
  Value root(Value value) const { return {&value.graph(), root(value.id())}; }
  int root(int id) const;

  /// Gives a computed value, and those that are its memory under another shape, another type. Errors: it lies in a
  /// buffer, or is kept.
  void retype(Value value, Type type);

  /// Lets `by` be operand i of a node. Errors: another shape.
  void replace_operand(std::size_t node, std::size_t i, Value by);

  /// Moves the node that was recorded last before node `at`.
  void move_last_before(std::size_t at);

  /// Says that the gradient of `value` only counts where it is positive: it is the output of a relu, or of a max pool of
  /// one. Gradient rules of its users may then zero it elsewhere (Gradients::rectified).
  void mark_rectified(Value value);

  /// Whether gradients were recorded; they can be once. Autodiff says that they were.
  bool is_differentiated() const { return differentiated_; }
  void mark_differentiated() { differentiated_ = true; }

  /// Lets the host read `value` after a replay.
  void keep(Value value);

  /// Names nodes recorded from now on, for messages, tables and profiles.
  void set_label(std::string label) { label_ = std::move(label); }

  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<ValueInfo>& values() const { return values_; }
  /// Errors: an empty Value, or one of another graph.
  const ValueInfo& info(Value value) const {
    if (&value.graph() != this) [[unlikely]]
      refuse(value);
    return values_[static_cast<std::size_t>(value.id())];
  }

  /// One line a node: outputs, op, operands, where it was recorded.
  std::string to_text() const;

 private:
  Value add(ValueInfo info);
  [[noreturn]] void refuse(Value foreign) const;

  Store* store_;
  std::vector<Node> nodes_;
  std::vector<ValueInfo> values_;
  std::vector<std::pair<int, Value>> parameter_values_, buffer_values_;  // store index -> value of this graph
  std::string label_;
  bool differentiated_ = false;
};

}  // namespace deepobs
