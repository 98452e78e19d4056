#include "engine/graph/graph.h"

#include <algorithm>

namespace deepobs {

const Shape& Value::shape() const { return graph().info(*this).shape; }
Type Value::type() const { return graph().info(*this).type; }

std::string Value::described() const {
  if (graph_ == nullptr) return "an empty Value";
  const auto& info = graph_->info(*this);
  if (info.producer >= 0)
    return text(info.shape, " from ", graph_->nodes()[static_cast<std::size_t>(info.producer)].described());
  if (info.buffer < 0) return text(info.shape, ", which no node computes");
  const auto& buffer = graph_->store().buffer(info.buffer);
  const bool whole = info.offset == 0 && info.shape == buffer.shape && !info.needs_gradient;
  if (info.buffer == Store::parameters_id && !whole)
    for (const auto& parameter : graph_->store().parameters())
      if (parameter.offset == info.offset) return text(info.shape, ", parameter '", parameter.name, "'");
  return text(info.shape, ", buffer '", buffer.name, "'", whole ? "" : text(" from element ", info.offset, " on"));
}

std::string Node::described() const {
  return label.empty() ? text(op->name, ", ", to_string(place)) : text(op->name, " '", label, "', ", to_string(place));
}

void Graph::refuse(Value foreign) const {
  fail(Fault::usage, "a tensor belongs to another graph: ", foreign.described());
}

Value Graph::add(ValueInfo info) {
  values_.push_back(std::move(info));
  return {this, static_cast<int>(values_.size()) - 1};
}

Value Graph::parameter(const std::string& name, const Shape& shape, Initializer initial, std::optional<Border> border) {
  const int index =
      store_->parameter(name, shape, border ? *std::move(border) : Border::plain(shape), std::move(initial));
  for (const auto& [known, value] : parameter_values_)
    if (known == index) return value;
  const Value value = add({.shape = shape,
                           .buffer = parameters_from_,
                           .offset = store_->parameters()[static_cast<std::size_t>(index)].offset,
                           .needs_gradient = parameters_from_ == Store::parameters_id});
  parameter_values_.emplace_back(index, value);
  return value;
}

void Graph::read_parameters_from(int buffer) {
  require(parameter_values_.empty(), Fault::usage, "the graph has parameters already, which stand elsewhere");
  const Store::Buffer& other = store_->buffer(buffer);
  require(other.type == Type::f32 && other.shape == store_->buffer(Store::parameters_id).shape, Fault::usage,
          "buffer '", other.name, "' ", other.shape, " is not as long as the parameters");
  parameters_from_ = buffer;
}

Value Graph::buffer(int id) {
  const Store::Buffer& buffer = store_->buffer(id);
  for (const auto& [known, value] : buffer_values_)
    if (known == id) return value;
  const Value value = add({.type = buffer.type, .shape = buffer.shape, .buffer = id});
  buffer_values_.emplace_back(id, value);
  return value;
}

Value Graph::region(int buffer, std::int64_t first, const Shape& shape) {
  const Store::Buffer& whole = store_->buffer(buffer);
  require(first >= 0 && first <= whole.shape.elements() && shape.elements() <= whole.shape.elements() - first,
          Fault::usage, "a region ", shape, " from element ", first, " on reaches beyond buffer '", whole.name,
          "', which is ", whole.shape);
  require(first % Store::alignment == 0, Fault::usage, "a region of buffer '", whole.name,
          "' must begin at a multiple of ", Store::alignment, " elements, not at ", first,
          ": leave gaps between the parts of a buffer, as there are between parameters");
  for (const Value known : regions_)
    if (info(known).buffer == buffer && info(known).offset == first && info(known).shape == shape) return known;
  regions_.push_back(add({.type = whole.type, .shape = shape, .buffer = buffer, .offset = first}));
  return regions_.back();
}

Value Graph::constants(const std::string& name, const Shape& shape, std::function<void(std::span<float>)> write) {
  return buffer(
      store_->shared_buffer({.name = name, .role = Role::constants, .shape = shape, .content = std::move(write)}));
}

Value Graph::input(const std::string& name, Type type, const Shape& shape) {
  return buffer(store_->buffer({.name = name, .type = type, .shape = shape}));
}

const Node& Graph::record(const Op& op, std::vector<Value> in, const std::vector<Output>& outputs,
                          Attributes attributes, Place place) {
  bool needs_gradient = false;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (&in[i].graph() != this)
      fail(Fault::usage, op.name, " at ", to_string(place),
           ": an operand belongs to another graph: ", in[i].described());
    const Operand wanted = op.operand(i);
    if (in[i].type() != wanted.type && !op.is_alias())
      fail(Fault::usage, op.name, " at ", to_string(place), ": ",
           wanted.name.empty() ? text("operand ", i) : std::string(wanted.name), " must be ", name_of(wanted.type),
           ", not ", name_of(in[i].type()), ": ", in[i].described());
    needs_gradient |= info(in[i]).needs_gradient;
  }
  if (op.is_alias())
    for (const auto& [shape, type, offset] : outputs)
      require(offset >= 0 && offset + shape.elements() <= in.at(0).shape().elements(), Fault::internal, op.name, " at ",
              to_string(place), ": a view ", shape, " from element ", offset, " on of ", in[0].described());
  Node node{&op, std::move(in), {}, std::move(attributes), label_, place};
  const int producer = static_cast<int>(nodes_.size());
  for (const auto& output : outputs)
    node.out.push_back(add({.type = output.type,
                            .shape = output.shape,
                            .producer = producer,
                            .offset = output.offset,
                            .alias_of = op.is_alias() ? node.in[0].id() : -1,
                            .needs_gradient = needs_gradient}));
  nodes_.push_back(std::move(node));
  return nodes_.back();
}

Value Graph::record_one(const Op& op, std::vector<Value> in, const Shape& shape, Attributes attributes, Place place) {
  return record(op, std::move(in), {{shape}}, std::move(attributes), place).out[0];
}

void Graph::record_effect(const Op& op, std::vector<Value> in, Attributes attributes, Place place) {
  require(op.changes != 0, Fault::usage, op.name, " at ", to_string(place),
          ": an op without output must say which operands it changes (Op::changes)");
  record(op, std::move(in), {}, std::move(attributes), place);
}

int Graph::root(int id) const {
  while (values_[static_cast<std::size_t>(id)].alias_of >= 0) id = values_[static_cast<std::size_t>(id)].alias_of;
  return id;
}

std::int64_t Graph::offset_in_root(int id) const {
  std::int64_t offset = 0;
  for (; values_[static_cast<std::size_t>(id)].alias_of >= 0; id = values_[static_cast<std::size_t>(id)].alias_of)
    offset += values_[static_cast<std::size_t>(id)].offset;
  return offset;
}

void Graph::mark_rectified(Value value) { values_[static_cast<std::size_t>(value.id())].rectified = true; }

void Graph::keep(Value value) {
  info(value);  // it is of this graph
  for (int id = value.id(); id >= 0; id = values_[static_cast<std::size_t>(id)].alias_of)
    values_[static_cast<std::size_t>(id)].kept = true;
}

std::string Graph::to_text() const {
  std::string lines;
  for (const auto& node : nodes_) {
    for (const auto& value : node.out) lines += text("%", value.id(), " ", value.shape(), " ");
    lines += node.out.empty() ? node.op->name : text("= ", node.op->name);
    for (const auto& value : node.in) lines += text(" %", value.id());
    lines += text("    ", node.label, node.label.empty() ? "" : ", ", to_string(node.place), "\n");
  }
  return lines;
}

}  // namespace deepobs
