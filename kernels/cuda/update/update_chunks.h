#pragma once

#include <cstdint>

#include "engine/cuda/queue.h"

namespace deepobs {

/// Some elements of the flat buffers, all of one parameter or of neighbours without a gap: one block's work.
struct UpdateChunk {
  static constexpr int most = 1024;
  std::int64_t begin;
  std::int32_t count;
};

/// What a pass finds in the GPU's memory beside its operands.
struct UpdateMemory {
  const UpdateChunk* chunks;
  std::int64_t chunk_count;
  void* now;  ///< CudaUpdate::now_bytes
};

/// A rule's pass over the parameters on a GPU; made by kernels/cuda/update/update_pass.h.
///   operands  as every update's; call.attributes are the rule's own
struct CudaUpdate {
  /// Computes what the elements need of a step, once, and changes the carried scalars; then `run` may.
  void (*prepare_step)(const Call& call, CudaQueue& queue, const UpdateMemory& memory);
  void (*run)(const Call& call, CudaQueue& queue, const UpdateMemory& memory);
  std::int64_t now_bytes;
};

}  // namespace deepobs
