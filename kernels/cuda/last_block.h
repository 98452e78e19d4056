#pragma once

#include "kernels/cuda/reduce.h"

namespace deepobs {

// Sums over all blocks of a grid in one launch: each block leaves its part in memory and counts itself; the one that
// finds all others counted adds the parts in the order of their blocks. So which one that is changes no bit. For files
// that are compiled as CUDA.

/// True in all threads of the block that is the last of `blocks` to come here, where all that the others wrote before
/// can be read. It sets the counter back for the next launch.
///   arrived  0 before the first launch: CudaQueue::kept. Blocks that wait for nobody else share one.
__device__ static inline bool is_last_block(unsigned* arrived, unsigned blocks) {
  __shared__ bool last;
  __syncthreads();  // the block has written all of its part; the last answer was read
  if (threadIdx.x == 0) {
    __threadfence();  // whoever sees the count sees the part
    last = atomicAdd(arrived, 1u) == blocks - 1;
    if (last) *arrived = 0;
    __threadfence();  // and whoever saw the counts of all reads no older copy of the parts
  }
  __syncthreads();
  return last;
}

/// Where the parts of some blocks lie: memory that the node keeps.
struct BlockParts {
  unsigned* arrived;
  double* part;

  static constexpr std::int64_t counter_bytes = 16;
  static std::int64_t bytes(std::int64_t blocks) {
    return counter_bytes + blocks * static_cast<std::int64_t>(sizeof(double));
  }
  explicit BlockParts(void* kept)
      : arrived(static_cast<unsigned*>(kept)),
        part(reinterpret_cast<double*>(static_cast<std::byte*>(kept) + counter_bytes)) {}
};

/// use(the sum of part b of `mine` over all `count` parts), by one thread of the last block. Each of the grid's blocks
/// has part `own`; others than the grid's were left by launches before it.
template <class Use>
__device__ static inline void sum_of_parts(const BlockParts& parts, std::int64_t own, double mine, std::int64_t count,
                                           const Use& use) {
  if (threadIdx.x == 0) parts.part[own] = mine;
  if (!is_last_block(parts.arrived, gridDim.x)) return;
  const double sum = block_sum_terms(0, count, [&](std::int64_t b) { return parts.part[b]; });
  if (threadIdx.x == 0) use(sum);
}

/// The same of a grid that has all parts, one for each block. A single block neither leaves nor counts anything.
template <class Use>
__device__ static inline void sum_of_blocks(const BlockParts& parts, double mine, const Use& use) {
  if (gridDim.x > 1) return sum_of_parts(parts, blockIdx.x, mine, gridDim.x, use);
  if (threadIdx.x == 0) use(mine);
}

}  // namespace deepobs
