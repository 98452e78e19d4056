#pragma once

// What device code sees in place of a CUDA compiler: included before everything else in each of its files.

#include <cuda_runtime_api.h>

#include <cmath>
#include <cstring>
#include <functional>

// Threads of a block run as fibers of one thread of the system.
#undef __shared__
#define __shared__ static thread_local

extern thread_local uint3 threadIdx, blockIdx;
extern thread_local dim3 blockDim, gridDim;

void __syncthreads();
inline void __threadfence() {}  // one thread of the system runs all threads of a grid
inline unsigned atomicAdd(unsigned* to, unsigned value) {
  const unsigned before = *to;
  *to += value;
  return before;
}
int __all_sync(unsigned mask, int predicate);

namespace deepobs_emulation {
/// Every thread of the warp leaves up to 16 bytes and gets those of the lane `other`.
void exchange(const void* mine, void* theirs, std::size_t bytes, int other);
int lane();
}  // namespace deepobs_emulation

template <class T>
T __shfl_xor_sync(unsigned, T value, int mask) {
  T theirs;
  deepobs_emulation::exchange(&value, &theirs, sizeof value, deepobs_emulation::lane() ^ mask);
  return theirs;
}

void deepobs_emulated_launch(CUstream_st* stream, unsigned blocks, unsigned blocks_y, unsigned threads, unsigned shared,
                             std::function<void()> thread);
void* deepobs_emulated_shared_memory();
