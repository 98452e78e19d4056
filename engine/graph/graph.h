#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <typeinfo>
#include <vector>

#include "engine/base/check.h"
#include "engine/graph/op.h"
#include "engine/memory/store.h"

namespace deepobs {

class Graph;
class GraphEditor;

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
  bool of_gradient = false;  ///< autodiff recorded it: it computes a gradient, or a part of one

  /// "linear 'fc4', models/mlp.cpp:24"
  std::string described() const;
};

/// What is known of a value.
struct ValueInfo {
  Type type = Type::f32;
  Shape shape;
  int producer = -1;            ///< the node, or -1: it stands in a buffer from the beginning
  int buffer = -1;              ///< the Store's buffer in which it lies, or -1: in the arena, where the plan puts it
  std::int64_t offset = 0;      ///< its first element in that buffer or, of an alias, in the value that it aliases
  int alias_of = -1;            ///< the value whose memory, or a part of it, this is under another shape
  bool needs_gradient = false;  ///< some parameter reaches it
  bool rectified = false;  ///< a relu's output, or made of one so that its gradient only counts where it is positive
  bool kept = false;       ///< readable after a replay: the plan must not reuse its memory
};

/// A computation, recorded once: the nodes in order and the tensors between them. Recording checks all shapes and
/// types, so a graph that could be recorded has no error of either left.
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

  /// Lets the parameters that are declared from now on stand in another buffer, as long as the flat one, for
  /// evaluations of weights that are not trained. No gradient is taken of them. Errors: a parameter was declared
  /// already; a buffer that is not as long.
  void read_parameters_from(int buffer);

  /// A whole buffer of the store, as an operand.
  Value buffer(int id);

  /// A part of a buffer of the store, as an operand: the place of a parameter, of its gradient, of a matrix of an
  /// optimizer's state. It is that memory: what a node changes there (Op::changes), it changes in the buffer. It is no
  /// parameter, and nothing is differentiated through it. The same place and shape give the same value.
  ///   first   of the buffer's elements, a multiple of Store::alignment: libraries of GPUs want it so
  ///   errors  there is no such buffer; another `first`; a part that reaches beyond the buffer as declared so far
  Value region(int buffer, std::int64_t first, const Shape& shape);

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
    std::int64_t offset = 0;  ///< of an op that computes nothing: the element of its operand with which it begins
  };
  const Node& record(const Op& op, std::vector<Value> in, const std::vector<Output>& outputs, Attributes attributes,
                     Place place);

  /// record() for the many ops with one f32 output.
  Value record_one(const Op& op, std::vector<Value> in, const Shape& shape, Attributes attributes, Place place);

  /// Appends a node that overwrites buffers of the store (an update, a log), which are among its operands; there is no
  /// output. Errors: the op does not say which operands it changes (Op::changes).
  void record_effect(const Op& op, std::vector<Value> in, Attributes attributes, Place place);

  /// The value whose memory this one is, or a part of it, under another shape; or itself.
  Value root(Value value) const { return {&value.graph(), root(value.id())}; }
  int root(int id) const;

  /// The element of its root with which a value begins.
  std::int64_t offset_in_root(int id) const;

  /// Says that the gradient of `value` only counts where it is positive: it is the output of a relu, or of a max pool
  /// of one. Gradient rules of its users may then zero it elsewhere (Gradients::rectified).
  void mark_rectified(Value value);

  /// Whether the gradients of all parameters were recorded into their buffer; they can be once.
  bool is_differentiated() const { return differentiated_; }

  /// Lets the host read `value` after a replay.
  void keep(Value value);

  /// Names nodes recorded from now on, for messages, tables and profiles.
  void set_label(std::string label) { label_ = std::move(label); }
  const std::string& label() const { return label_; }

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
  friend class GraphEditor;

  Value add(ValueInfo info);
  [[noreturn]] void refuse(Value foreign) const;

  Store* store_;
  std::vector<Node> nodes_;
  std::vector<ValueInfo> values_;
  std::vector<std::pair<int, Value>> parameter_values_, buffer_values_;  // store index -> value of this graph
  std::vector<Value> regions_;
  std::string label_;
  int parameters_from_ = Store::parameters_id;
  bool differentiated_ = false;
};

}  // namespace deepobs
