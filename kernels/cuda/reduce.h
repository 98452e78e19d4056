#pragma once

#include <cstdint>

namespace deepobs {

// Results of all threads of a warp or a block in each of them, combined in an order that depends on nothing but their
// number. For files that are compiled as CUDA; every thread of the warp or block must take part.

/// With combine(a, b) == combine(b, a), the same bits in every lane.
template <class T, class Combine>
__device__ static inline T over_warp(T value, Combine combine) {
  for (int distance = 16; distance > 0; distance /= 2)
    value = combine(value, __shfl_xor_sync(0xffffffffu, value, distance));
  return value;
}

template <class T>
__device__ static inline T warp_sum(T value) {
  return over_warp(value, [](T a, T b) { return a + b; });
}

/// The block has a whole number of warps, at most 32.
template <class T>
__device__ static inline T block_sum(T value) {
  __shared__ T of_warp[32];
  const int warps = static_cast<int>(blockDim.x / 32);
  value = warp_sum(value);
  __syncthreads();  // the last sum may still be read
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = value;
  __syncthreads();
  T total = of_warp[0];
  for (int warp = 1; warp < warps; ++warp) total += of_warp[warp];
  return total;
}

/// term(begin) + ... + term(end - 1) in double, in the block's own order.
template <class Term>
__device__ static inline double block_sum_terms(std::int64_t begin, std::int64_t end, const Term& term) {
  double mine = 0.;
  for (std::int64_t i = begin + threadIdx.x; i < end; i += blockDim.x) mine += static_cast<double>(term(i));
  return block_sum(mine);
}

}  // namespace deepobs
