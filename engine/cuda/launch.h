#pragma once

#include <cstdint>

#include "engine/cuda/queue.h"

// Only for files that are compiled as CUDA, where blockIdx and its like are known.

namespace deepobs {

/// The grid of a launch: blocks, and threads in each. `shared` bytes of memory that a block's threads share, beyond
/// what the kernel declares.
struct LaunchShape {
  std::int64_t blocks = 1;
  unsigned threads = 256;
  unsigned blocks_y = 1;
  unsigned shared = 0;
};

/// Puts a kernel into the queue. Nothing for an empty grid. The largest grid has 2^31 - 1 blocks, more than any tensor
/// of a GPU's memory fills. What is wrong with a launch is asked once behind each body.
template <class... Parameters, class... Given>
void launch(const CudaQueue& queue, const LaunchShape& shape, void (*kernel)(Parameters...), Given... given) {
  if (shape.blocks <= 0 || shape.blocks_y == 0) return;
#if defined(__CUDACC__)
  kernel<<<dim3(static_cast<unsigned>(shape.blocks), shape.blocks_y), shape.threads, shape.shared, queue.stream>>>(
      static_cast<Parameters>(given)...);
#else
  deepobs_emulated_launch(queue.stream, static_cast<unsigned>(shape.blocks), shape.blocks_y, shape.threads,
                          shape.shared, [=] { kernel(static_cast<Parameters>(given)...); });
#endif
}

/// Memory that the threads of a block share, as many bytes as the launch says.
#if defined(__CUDACC__)
#define DEEPOBS_SHARED_MEMORY(type, name) extern __shared__ type name[]
#else
#define DEEPOBS_SHARED_MEMORY(type, name) type* name = static_cast<type*>(deepobs_emulated_shared_memory())
#endif

}  // namespace deepobs
