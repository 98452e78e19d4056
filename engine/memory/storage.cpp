#include "engine/memory/storage.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>

#include "engine/base/check.h"
#include "engine/tensor/float_environment.h"

namespace deepobs {
namespace {

std::int64_t bytes_of(const Store::Buffer& buffer) { return buffer.shape.elements() * bytes_of(buffer.type); }

/// So many numbers of the type, all of this value.
std::vector<std::byte> repeated(Type type, double value, std::int64_t count) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(count * bytes_of(type)));
  if (value == 0) return bytes;
  const auto fill_as = [&]<class T>(T number) {
    std::ranges::fill(std::span(reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)), number);
  };
  switch (type) {
    case Type::f32:
      fill_as(static_cast<float>(value));
      break;
    case Type::f64:
      fill_as(value);
      break;
    case Type::i32:
      fill_as(static_cast<std::int32_t>(value));
      break;
    case Type::u8:
      fill_as(static_cast<std::uint8_t>(value));
      break;
    case Type::bf16:
      fill_as(bf16_of(static_cast<float>(value)));
      break;
  }
  return bytes;
}

/// Gives a buffer's memory its declared initial content.
void fill(Device& device, const Store::Buffer& buffer, void* memory) {
  const std::int64_t count = buffer.shape.elements(), size = bytes_of(buffer.type);
  if (buffer.content) {
    require(buffer.type == Type::f32, Fault::internal, "buffer '", buffer.name, "' of ", name_of(buffer.type),
            " numbers: a content function writes float32");
    std::vector<float> values(static_cast<std::size_t>(count));
    buffer.content(values);
    device.copy_in(memory, values.data(), count * size);
    return;
  }
  // Piece by piece: a large buffer is not to take its memory twice.
  constexpr std::int64_t piece = std::int64_t{1} << 18;
  const auto values = repeated(buffer.type, buffer.fill, std::min(count, piece));
  for (std::int64_t at = 0; at < count; at += piece)
    device.copy_in(static_cast<std::byte*>(memory) + at * size, values.data(), std::min(piece, count - at) * size);
}

}  // namespace

DeviceMemory memory_for(Device& device, const Store::Buffer& buffer) {
  try {
    return {device, bytes_of(buffer)};
  } catch (const Error& error) {
    if (error.fault() != Fault::memory) throw;
    fail(Fault::memory, error.what(), ", for '", buffer.name, "', ", name_of(buffer.type), " ", buffer.shape);
  }
}

Storage::Storage(Device& device, const Store& store)
    : device_(&device), store_(&store), has_values_(store.parameters().size()) {
  extend();
}

void Storage::extend() {
  if (!data_.empty()) declared(Store::parameters_id);
  const FloatEnvironment environment;
  memory_.reserve(store_->buffers().size());
  data_.reserve(store_->buffers().size());
  for (const auto& buffer : store_->buffers().subspan(data_.size())) {
    DeviceMemory memory;
    if (buffer.role != Role::data) {
      memory = memory_for(*device_, buffer);
      fill(*device_, buffer, memory.data());
    }
    data_.push_back(memory.data());  // only now: an error before leaves no buffer without its initial values
    memory_.push_back(std::move(memory));
  }
}

void Storage::bind(int buffer, const DeviceMemory& memory) {
  const auto& declared = this->declared(buffer);
  require(declared.role == Role::data, Fault::usage, "buffer '", declared.name,
          "' has memory of its own and cannot be bound: its role is ", name_of(declared.role), ", not data");
  require(memory.bytes() >= bytes_of(declared), Fault::usage, "buffer '", declared.name, "' needs ", bytes_of(declared),
          " bytes, the memory bound to it has ", memory.bytes());
  data_[static_cast<std::size_t>(buffer)] = memory.data();
}

const Store::Buffer& Storage::declared(int buffer) const {
  require(buffer >= 0 && static_cast<std::size_t>(buffer) < data_.size(), Fault::usage, "buffer ", buffer,
          " was declared after the storage was made, or not at all");
  // The flat buffers grow with every parameter.
  const bool grows = buffer == Store::parameters_id || buffer == Store::gradients_id;
  if (grows && store_->parameters().size() != has_values_.size())
    fail(Fault::usage, "parameter '", store_->parameters().back().name,
         "' was declared after the storage was made: declare every parameter first");
  return store_->buffer(buffer);
}

std::size_t Storage::index_of(const Store::Parameter& parameter) const {
  const auto own = store_->parameters();
  const std::less<const Store::Parameter*> before;
  require(!before(&parameter, own.data()) && before(&parameter, own.data() + own.size()), Fault::usage, "parameter '",
          parameter.name, "' is none of this storage's store: take it from store().parameters(), and no copy");
  const auto index = static_cast<std::size_t>(&parameter - own.data());
  require(index < has_values_.size(), Fault::usage, "parameter '", parameter.name,
          "' was declared after the storage was made: declare every parameter first");
  return index;
}

void Storage::check_type(int buffer, Type type) const {
  const auto& declared = this->declared(buffer);
  require(declared.type == type, Fault::usage, "buffer '", declared.name, "' holds ", name_of(declared.type),
          " numbers, not ", name_of(type));
}

void* Storage::data(int buffer) const {
  const auto& declared = this->declared(buffer);
  void* data = data_[static_cast<std::size_t>(buffer)];
  require(data != nullptr || declared.role != Role::data, Fault::usage, "nothing was bound to buffer '", declared.name,
          "'");
  return data;
}

void Storage::write_bytes(int buffer, const void* from, std::int64_t bytes) {
  const auto& declared = this->declared(buffer);
  require(bytes == bytes_of(declared), Fault::usage, "buffer '", declared.name, "' holds ", bytes_of(declared),
          " bytes, not ", bytes);
  device_->copy_in(data(buffer), from, bytes);
  if (buffer == Store::parameters_id) has_values_.assign(has_values_.size(), true);
}

void Storage::read_bytes(int buffer, void* to, std::int64_t bytes) const {
  const auto& declared = this->declared(buffer);
  require(bytes == bytes_of(declared), Fault::usage, "buffer '", declared.name, "' holds ", bytes_of(declared),
          " bytes, not ", bytes);
  device_->copy_out(to, data(buffer), bytes);
}

void Storage::reset(Role role) {
  require(role != Role::parameters && role != Role::data, Fault::usage, "a storage does not reset ", name_of(role),
          role == Role::data ? ": they are bound, and not its own" : ": initialize() draws them anew");
  for (const int buffer : store_->of_role(role)) fill(*device_, declared(buffer), data(buffer));
}

void Storage::initialize(std::uint64_t seed) {
  declared(Store::parameters_id);
  for (const auto& parameter : store_->parameters())
    require(parameter.initial != nullptr, Fault::usage, "parameter '", parameter.name,
            "' has no initializer: declare it with one, or give it values by set_parameter()");
  const FloatEnvironment environment;  // the same numbers under whatever rounding the host has set
  for (const auto& parameter : store_->parameters()) {
    std::vector<float> values(static_cast<std::size_t>(parameter.shape.elements()));
    parameter.initial(values, seed, initial_stream(parameter.name));
    set_parameter(parameter, values);
  }
}

void Storage::require_values(std::int64_t first, std::int64_t count) const {
  for (std::size_t p = 0; p < has_values_.size(); ++p) {
    const auto& parameter = store_->parameters()[p];
    const bool outside = parameter.offset + parameter.shape.elements() <= first || first + count <= parameter.offset;
    require(outside || has_values_[p], Fault::usage, "parameter '", parameter.name,
            "' has no values yet: call Storage::initialize(), set_parameter() or Snapshot::restore() first");
  }
}

std::vector<float> Storage::unpacked(const Store::Parameter& parameter, int buffer) const {
  index_of(parameter);
  std::vector<float> ours(static_cast<std::size_t>(parameter.shape.elements())), theirs(ours.size());
  device_->copy_out(ours.data(), static_cast<float*>(data_[static_cast<std::size_t>(buffer)]) + parameter.offset,
                    static_cast<std::int64_t>(ours.size() * sizeof(float)));
  for (std::size_t i = 0; i < theirs.size(); ++i)
    theirs[i] = ours[static_cast<std::size_t>(parameter.border.offset(static_cast<std::int64_t>(i)))];
  return theirs;
}

std::vector<float> Storage::parameter_in(int buffer, const Store::Parameter& parameter) const {
  const auto& of = declared(buffer);
  check_type(buffer, Type::f32);
  require(of.shape.elements() == store_->flat_floats(), Fault::usage, "buffer '", of.name, "' ", of.shape,
          " is not as long as the parameters, which are [", store_->flat_floats(), "]");
  return unpacked(parameter, buffer);
}

void Storage::set_parameter(const Store::Parameter& parameter, std::span<const float> values) {
  const std::size_t index = index_of(parameter);
  require(static_cast<std::int64_t>(values.size()) == parameter.shape.elements(), Fault::usage, "parameter '",
          parameter.name, "' ", parameter.border.shape, " cannot take ", values.size(), " values");
  std::vector<float> ours(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    ours[static_cast<std::size_t>(parameter.border.offset(static_cast<std::int64_t>(i)))] = values[i];
  device_->copy_in(static_cast<float*>(data_[Store::parameters_id]) + parameter.offset, ours.data(),
                   static_cast<std::int64_t>(ours.size() * sizeof(float)));
  has_values_[index] = true;
}

}  // namespace deepobs
