#include "engine/graph.h"

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
  if (info.buffer == Store::parameters_id)
    for (const auto& parameter : graph_->store().parameters())
      if (parameter.offset == info.offset) return text(info.shape, ", parameter '", parameter.name, "'");
  return text(info.shape, ", buffer '", graph_->store().buffers()[static_cast<std::size_t>(info.buffer)].name, "'");
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
                           .buffer = Store::parameters_id,
                           .offset = store_->parameters()[static_cast<std::size_t>(index)].offset,
                           .needs_gradient = true});
  parameter_values_.emplace_back(index, value);
  return value;
}

Value Graph::buffer(int id) {
  require(id >= 0 && static_cast<std::size_t>(id) < store_->buffers().size(), Fault::usage, "the store has no buffer ",
          id);
  for (const auto& [known, value] : buffer_values_)
    if (known == id) return value;
  const auto& buffer = store_->buffers()[static_cast<std::size_t>(id)];
  const Value value = add({.type = buffer.type, .shape = buffer.shape, .buffer = id});
  buffer_values_.emplace_back(id, value);
  return value;
}

Value Graph::constants(const std::string& name, const Shape& shape, std::function<void(std::span<float>)> write) {
  const auto known = std::ranges::find(store_->buffers(), name, &Store::Buffer::name);
  if (known == store_->buffers().end())
    return buffer(store_->buffer({.name = name, .shape = shape, .content = std::move(write)}));
  require(known->content != nullptr, Fault::usage, "there is already a buffer '", name, "', of no constants");
  require(known->shape == shape, Fault::usage, "constants '", name, "' were declared as ", known->shape,
          " and are now asked for as ", shape);
  return buffer(static_cast<int>(known - store_->buffers().begin()));
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
    const auto [name, type] = op.operand(i);
    if (in[i].type() != type && !op.is_alias())
      fail(Fault::usage, op.name, " at ", to_string(place), ": ",
           name.empty() ? text("operand ", i) : std::string(name), " must be ", name_of(type), ", not ",
           name_of(in[i].type()), ": ", in[i].described());
    needs_gradient |= info(in[i]).needs_gradient;
  }
  Node node{&op, std::move(in), {}, std::move(attributes), label_, place};
  const int producer = static_cast<int>(nodes_.size());
  for (const auto& output : outputs)
    node.out.push_back(add({.type = output.type,
                            .shape = output.shape,
                            .producer = producer,
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

Value Graph::make_value(const Shape& shape, Type type) { return add({.type = type, .shape = shape}); }

void Graph::set_nodes(std::vector<Node> nodes) {
  for (auto& value : values_) value.producer = -1;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    for (const Value operand : nodes[n].in) {
      const auto& of = info(root(operand));
      require(of.producer >= 0 || of.buffer >= 0, Fault::internal, nodes[n].described(),
              ": an operand is not computed yet: ", operand.described());
    }
    for (const Value output : nodes[n].out) {
      int& producer = values_[static_cast<std::size_t>(output.id())].producer;
      require(producer < 0, Fault::internal, nodes[n].described(), ": an output is computed twice");
      producer = static_cast<int>(n);
    }
  }
  nodes_ = std::move(nodes);
}

bool Graph::can_withdraw(Value value) const {
  const int at = info(value).producer;
  return at >= 0 && std::ranges::none_of(nodes_[static_cast<std::size_t>(at)].out, [this](Value output) {
           const auto& made = info(output);
           const auto reads = [output](const Node& node) {
             return std::ranges::find(node.in, output) != node.in.end();
           };
           return made.kept || (made.buffer < 0 && made.shape.elements() > 0) || std::ranges::any_of(nodes_, reads);
         });
}

Node Graph::withdraw(Value value) {
  require(can_withdraw(value), Fault::internal,
          "the node of this value is still needed, or there is none: ", value.described());
  const int at = info(value).producer;
  const Node node = nodes_[static_cast<std::size_t>(at)];
  nodes_.erase(nodes_.begin() + at);
  for (auto& other : values_) {
    if (other.producer == at) other.producer = -1;
    if (other.producer > at) --other.producer;
  }
  return node;
}

void Graph::settle(Value value, int buffer, std::int64_t offset) {
  auto& info = values_[static_cast<std::size_t>(value.id())];
  require(info.buffer < 0 && info.alias_of < 0 && info.producer >= 0, Fault::internal,
          "only a computed value can be laid into a buffer, not ", value.described());
  info.buffer = buffer;
  info.offset = offset;
}

int Graph::root(int id) const {
  while (values_[static_cast<std::size_t>(id)].alias_of >= 0) id = values_[static_cast<std::size_t>(id)].alias_of;
  return id;
}

void Graph::retype(Value value, Type type) {
  for (std::size_t v = 0; v < values_.size(); ++v) {
    if (root(static_cast<int>(v)) != root(value.id())) continue;
    auto& each = values_[v];
    require(each.buffer < 0 && !each.kept && each.producer >= 0, Fault::internal,
            "only a computed value that nobody outside reads can get another type, not ", value.described());
    each.type = type;
  }
}

void Graph::replace_operand(std::size_t node, std::size_t i, Value by) {
  Value& operand = nodes_.at(node).in.at(i);
  require(by.shape() == operand.shape(), Fault::internal,
          "an operand can only be replaced by one of its shape: ", operand.described(), "; ", by.described());
  operand = by;
}

void Graph::move_last_before(std::size_t at) {
  const int last = static_cast<int>(nodes_.size()) - 1, to = static_cast<int>(at);
  std::rotate(nodes_.begin() + to, nodes_.end() - 1, nodes_.end());
  for (auto& each : values_) {
    if (each.producer == last)
      each.producer = to;
    else if (each.producer >= to)
      ++each.producer;
  }
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
