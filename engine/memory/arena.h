#pragma once

#include <cstdint>

#include "engine/run/device.h"

namespace deepobs {

/// The memory that the values of a step lie in while it is replayed. Programs that never run at the same time (training
/// and evaluation of one run) can share one: it must be as long as the longest of their plans asks for.
class Arena {
 public:
  Arena(Device& device, std::int64_t bytes) : memory_(device, bytes), device_(&device) {}

  Device& device() const { return *device_; }
  void* data() const { return memory_.data(); }
  std::int64_t bytes() const { return memory_.bytes(); }

 private:
  friend class Program;
  DeviceMemory memory_;
  Device* device_;
  const void* last_user_ = nullptr;  ///< the replay that ran last, whose values lie here
};

}  // namespace deepobs
