// Holds the memory of the first GPU but for some MiB until it is killed, ten minutes at the most, so that a program
// beside it runs out of memory: fill_gpu_memory MIB_TO_LEAVE
#include <cuda_runtime_api.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

int main(int count, char** arguments) {
  const std::size_t leave = count == 2 ? std::strtoull(arguments[1], nullptr, 10) << 20 : 0;
  if (leave == 0) return std::fprintf(stderr, "usage: fill_gpu_memory MIB_TO_LEAVE\n"), 2;
  std::size_t free = 0, total = 0;
  cudaError_t status = cudaMemGetInfo(&free, &total);
  if (status == cudaSuccess && free <= leave)
    return std::fprintf(stderr, "only %zu MiB are free, and %zu should be left\n", free >> 20, leave >> 20), 1;
  void* held = nullptr;
  if (status == cudaSuccess) status = cudaMalloc(&held, free - leave);
  if (status != cudaSuccess)
    return std::fprintf(stderr, "filling the GPU's memory: %s\n", cudaGetErrorString(status)), 1;
  std::printf("holding %zu MiB, leaving %zu\n", (free - leave) >> 20, leave >> 20);
  std::fflush(stdout);
  sleep(600);
}
