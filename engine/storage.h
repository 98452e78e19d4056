#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/device.h"
#include "engine/store.h"

namespace deepobs {

/// The memory of one run on one device: all buffers of a Store, filled as declared. Several runs share a Store, a graph
/// and a plan; each has a Storage.
class Storage {
 public:
  /// The store must be complete: whatever is declared later has no memory here.
  Storage(Device& device, const Store& store);

  Device& device() const { return *device_; }
  const Store& store() const { return *store_; }

  /// Lends a buffer declared `borrowed` the memory of somebody else, who must keep it alive.
  /// Errors: not declared so; fewer bytes than declared.
  void bind(int buffer, const DeviceMemory& memory);

  /// The buffer's memory on the device. Errors: borrowed and not bound; not declared when this storage was made.
  void* data(int buffer) const;

  /// Host memory to a buffer and back, whole. Errors: sizes differ.
  template <class T>
  void write(int buffer, std::span<const T> values) {
    write_bytes(buffer, values.data(), static_cast<std::int64_t>(values.size_bytes()));
  }
  template <class T>
  void read(int buffer, std::span<T> values) const {
    read_bytes(buffer, values.data(), static_cast<std::int64_t>(values.size_bytes()));
  }

  /// Takes over the content of every buffer of another storage of the same store and device; borrowed ones are shared.
  void copy_from(const Storage& other);

  /// Draws every parameter anew by its initializer, from the seed and the stream of its name.
  void initialize(std::uint64_t seed);

  /// One parameter in PyTorch's shape and order.
  std::vector<float> parameter(const Store::Parameter& parameter) const {
    return unpacked(parameter, Store::parameters_id);
  }
  std::vector<float> gradient(const Store::Parameter& parameter) const {
    return unpacked(parameter, Store::gradients_id);
  }
  void set_parameter(const Store::Parameter& parameter, std::span<const float> values);

 private:
  const Store::Buffer& declared(int buffer) const;
  void write_bytes(int buffer, const void* from, std::int64_t bytes);
  void read_bytes(int buffer, void* to, std::int64_t bytes) const;
  std::vector<float> unpacked(const Store::Parameter& parameter, int buffer) const;

  Device* device_;
  const Store* store_;
  std::vector<DeviceMemory> memory_;
  std::vector<void*> data_;
};

}  // namespace deepobs
