#pragma once

#include "engine/cuda/launch.h"

namespace deepobs {

// The loop shapes of bodies for a GPU; for files that are compiled as CUDA. Internal linkage, as for the CPU's.

constexpr unsigned loop_threads = 256;

inline std::int64_t blocks_of(std::int64_t count, std::int64_t each) { return (count + each - 1) / each; }

/// i / d and i % d for i >= 0, d > 0: a division of 64 bits takes a GPU as long as five of 32.
struct Quotient {
  std::int64_t whole, rest;
};
__device__ static inline Quotient divided(std::int64_t i, std::int64_t d) {
  if (((i | d) >> 32) != 0) return {i / d, i % d};
  const auto small = static_cast<std::uint32_t>(i), by = static_cast<std::uint32_t>(d);
  return {small / by, small % by};
}
__device__ static inline std::int64_t remainder_of(std::int64_t i, std::int64_t d) { return divided(i, d).rest; }

template <class Element>
__global__ static void element_kernel(std::int64_t count, Element element) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < count) element(i);
}

/// element(i) for every i in [0, count), a thread each; it touches no other place of its arrays than i.
template <class Element>
void for_each_element(const CudaQueue& queue, std::int64_t count, const Element& element) {
  launch(queue, {.blocks = blocks_of(count, loop_threads)}, element_kernel<Element>, count, element);
}

template <class Row>
__global__ static void warp_row_kernel(std::int64_t rows, Row row) {
  const std::int64_t r = static_cast<std::int64_t>(blockIdx.x) * (blockDim.x / 32) + threadIdx.x / 32;
  if (r < rows) row(r, static_cast<int>(threadIdx.x % 32));  // a warp has one row, so it stays together
}

/// row(r, lane) for every r in [0, rows): 32 lanes, one warp, have a row in common.
template <class Row>
void for_each_row(const CudaQueue& queue, std::int64_t rows, const Row& row) {
  constexpr unsigned threads = 128;
  launch(queue, {.blocks = blocks_of(rows, threads / 32), .threads = threads}, warp_row_kernel<Row>, rows, row);
}

template <class Block>
__global__ static void block_kernel(Block block) {
  block(static_cast<std::int64_t>(blockIdx.x));
}

/// block(b) for every b in [0, blocks), by all threads of a block together.
template <class Block>
void for_each_block(const CudaQueue& queue, const LaunchShape& shape, const Block& block) {
  launch(queue, shape, block_kernel<Block>, block);
}

}  // namespace deepobs
