#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <vector>

#include "engine/cuda/cuda_objects.h"

namespace deepobs {

/// Memory of one device to try products and convolutions on, before there is memory of a run's. It grows and is kept
/// until the device ends: giving memory back waits for whatever the whole GPU is doing. One at a time uses it, while
/// programs are prepared.
class TrialMemory {
 public:
  /// A piece for each number of bytes, 256-byte aligned, full of zeros for whoever comes later in that stream; null for
  /// no bytes. Pieces of an earlier call are void.
  ///   errors  memory
  std::vector<void*> pieces(CUstream_st* stream, std::initializer_list<std::int64_t> bytes);

 private:
  std::int64_t bytes_ = 0;
  std::unique_ptr<TemporaryMemory> memory_;
};

}  // namespace deepobs
