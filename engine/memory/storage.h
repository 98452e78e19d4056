#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/memory/store.h"
#include "engine/run/device.h"

namespace deepobs {

/// Memory for a buffer, not filled yet. Errors: memory, with what it was for.
DeviceMemory memory_for(Device& device, const Store::Buffer& buffer);

/// The memory of one run on one device: all buffers of a Store, filled as declared. Several runs share a Store, a graph
/// and a plan; each has a Storage.
class Storage {
 public:
  /// The store must be complete: what is declared later has no memory here, and is refused until extend().
  Storage(Device& device, const Store& store);

  /// Gives memory to the buffers that were declared since, for a graph that was recorded since: another batch size.
  /// What programs of this storage use stays where it is. Errors: a parameter was declared since.
  void extend();

  Device& device() const { return *device_; }
  const Store& store() const { return *store_; }

  /// Gives a buffer of Role::data memory of the caller's, which must stay alive. Errors: another role; fewer bytes than
  /// declared.
  void bind(int buffer, const DeviceMemory& memory);

  /// The buffer's memory on the device. Errors: data, and not bound; not declared when this storage was made.
  void* data(int buffer) const;

  /// Host memory to a buffer and back, whole. Errors: sizes or types differ; std::byte stands for any type.
  template <class T>
  requires Number<T> || std::same_as<T, std::byte>
  void write(int buffer, std::span<const T> values) {
    check_type<T>(buffer);
    write_bytes(buffer, values.data(), static_cast<std::int64_t>(values.size_bytes()));
  }
  template <class T>
  requires Number<T> || std::same_as<T, std::byte>
  void read(int buffer, std::span<T> values) const {
    check_type<T>(buffer);
    read_bytes(buffer, values.data(), static_cast<std::int64_t>(values.size_bytes()));
  }

  /// Fills every buffer of this role as it was declared. Errors: parameters, which initialize() draws, and data, which
  /// are not the storage's own.
  void reset(Role role);

  /// Draws every parameter anew by its initializer, from the seed and the stream of its name. Errors, before any is
  /// drawn: a parameter without initializer.
  void initialize(std::uint64_t seed);

  /// Errors: a parameter among these floats of the flat buffer never got values, by initialize(), set_parameter(),
  /// Snapshot::restore(), or a write() of all.
  void require_values(std::int64_t first, std::int64_t count) const;

  /// One parameter in PyTorch's shape and order. Errors, as of set_parameter(): it is none of the store's own, which
  /// Store::parameters() refers to, or was declared after the storage was made.
  std::vector<float> parameter(const Store::Parameter& parameter) const {
    return unpacked(parameter, Store::parameters_id);
  }
  std::vector<float> gradient(const Store::Parameter& parameter) const {
    return unpacked(parameter, Store::gradients_id);
  }
  /// The same place in another buffer as long as the flat one: a slot, evaluated parameters. Errors, besides: a buffer
  /// that is not of float32 numbers, or not as long.
  std::vector<float> parameter_in(int buffer, const Store::Parameter& parameter) const;
  void set_parameter(const Store::Parameter& parameter, std::span<const float> values);

 private:
  friend class Snapshot;
  const Store::Buffer& declared(int buffer) const;
  /// The place of a parameter in the store's list.
  std::size_t index_of(const Store::Parameter& parameter) const;
  template <class T>
  void check_type(int buffer) const {
    if constexpr (Number<T>) check_type(buffer, type_of<T>());
  }
  void check_type(int buffer, Type type) const;
  void write_bytes(int buffer, const void* from, std::int64_t bytes);
  void read_bytes(int buffer, void* to, std::int64_t bytes) const;
  std::vector<float> unpacked(const Store::Parameter& parameter, int buffer) const;

  Device* device_;
  const Store* store_;
  std::vector<DeviceMemory> memory_;
  std::vector<void*> data_;
  std::vector<bool> has_values_;  // by parameter
};

}  // namespace deepobs
