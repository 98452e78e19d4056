#include "engine/memory/store.h"

#include <algorithm>

#include "engine/base/fnv1a.h"

namespace deepobs {

Border Border::plain(const Shape& shape) { return {shape, {shape.elements()}, {1}}; }

std::int64_t Border::offset(std::int64_t index) const {
  std::int64_t at = 0;
  for (std::size_t i = extents.size(); i-- > 0;) {
    at += index % extents[i] * strides[i];
    index /= extents[i];
  }
  return at;
}

void Border::check(const std::string& name) const {
  std::int64_t elements = 1, rest = shape.elements() - 1;  // how far behind the present offset the tensor ends
  bool fits = extents.size() == strides.size();
  for (std::size_t i = 0; fits && i < extents.size(); ++i) {
    fits = extents[i] > 0 && extents[i] <= shape.elements() / elements &&
           (extents[i] == 1 || (strides[i] > 0 && strides[i] <= rest / (extents[i] - 1)));
    if (!fits) break;
    elements *= extents[i];
    rest -= extents[i] > 1 ? (extents[i] - 1) * strides[i] : 0;
  }
  require(fits && elements == shape.elements() && rest == 0, Fault::internal, "parameter '", name,
          "': the border's extents and strides do not cover ", shape);
}

std::string_view name_of(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::matrix:
      return "matrix";
    case ParameterKind::kernel:
      return "kernel";
    case ParameterKind::bias:
      return "bias";
    case ParameterKind::norm:
      return "norm";
    case ParameterKind::embedding:
      return "embedding";
    case ParameterKind::head:
      return "head";
  }
  return "unknown";
}

ParameterKind usual_kind(const Shape& shape) {
  if (shape.rank() <= 1) return ParameterKind::bias;
  return shape.rank() == 4 ? ParameterKind::kernel : ParameterKind::matrix;
}

std::uint64_t initial_stream(std::string_view parameter) {
  const std::uint64_t hash = fnv1a(parameter);
  return (hash >> 48) ^ (hash & 0xFFFFFFFFFFFFu);
}

Store::Store()
    : buffers_{{.name = "parameters", .role = Role::parameters, .shape = {0}},
               {.name = "gradients", .role = Role::gradients, .shape = {0}}} {}

int Store::parameter(const std::string& name, const Shape& shape, Border border, Initializer initial) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].name != name) continue;
    require(parameters_[i].shape == shape, Fault::usage, "parameter '", name, "' was declared as ",
            parameters_[i].shape, " and is now asked for as ", shape);
    return static_cast<int>(i);
  }
  require(!sealed_, Fault::usage, "parameter '", name, "' comes after the optimizer: declare every parameter first");
  require(shape.elements() > 0, Fault::usage, "parameter '", name, "' needs at least one element, not shape ", shape);
  require(border.shape.elements() == shape.elements(), Fault::internal, "parameter '", name, "': a file keeps it as ",
          border.shape, ", the engine as ", shape);
  border.check(name);
  const std::int64_t offset = flat_floats();
  const Shape flat{(offset + shape.elements() + alignment - 1) / alignment *
                   alignment};  // throws before anything is done
  parameters_.push_back({name, shape, std::move(border), std::move(initial), offset});
  buffers_[parameters_id].shape = buffers_[gradients_id].shape = flat;
  return static_cast<int>(parameters_.size()) - 1;
}

void Store::set_kind(std::string_view parameter, ParameterKind kind) {
  const auto at = std::ranges::find(parameters_, parameter, &Parameter::name);
  require(at != parameters_.end(), Fault::usage, "there is no parameter '", parameter, "' to say the kind of");
  at->kind = kind;
}

int Store::buffer(Buffer buffer) {
  for (const auto& other : buffers_)
    require(other.name != buffer.name, Fault::usage, "there is already a buffer '", buffer.name, "'");
  buffers_.push_back(std::move(buffer));
  return static_cast<int>(buffers_.size()) - 1;
}

const Store::Buffer& Store::buffer(int id) const {
  require(id >= 0 && id < std::ssize(buffers_), Fault::usage, "the store has no buffer ", id);
  return buffers_[static_cast<std::size_t>(id)];
}

int Store::shared_buffer(const Buffer& buffer) {
  const auto at = std::ranges::find(buffers_, buffer.name, &Buffer::name);
  if (at == buffers_.end()) return this->buffer(buffer);
  const auto described = [](const Buffer& b) {
    return text(name_of(b.role), " of ", name_of(b.type), " ", b.shape,
                b.content ? std::string(" with content of its own") : text(" filled with ", b.fill));
  };
  const bool same = at->role == buffer.role && at->type == buffer.type && at->shape == buffer.shape &&
                    at->fill == buffer.fill && !at->content == !buffer.content;
  require(same, Fault::usage, "buffer '", buffer.name, "' was declared as ", described(*at),
          " and is now asked for as ", described(buffer));
  return static_cast<int>(at - buffers_.begin());
}

std::vector<int> Store::of_role(Role role) const {
  std::vector<int> found;
  for (std::size_t i = 0; i < buffers_.size(); ++i)
    if (buffers_[i].role == role) found.push_back(static_cast<int>(i));
  return found;
}

int Store::find(std::string_view name) const {
  const auto at = std::ranges::find(buffers_, name, &Buffer::name);
  require(at != buffers_.end(), Fault::usage, "there is no buffer '", name, "'");
  return static_cast<int>(at - buffers_.begin());
}

std::int64_t Store::flat_floats() const { return buffers_[parameters_id].shape.elements(); }

std::int64_t Store::parameter_count() const {
  std::int64_t count = 0;
  for (const auto& parameter : parameters_) count += parameter.shape.elements();
  return count;
}

}  // namespace deepobs
