#include "engine/cuda/choices/trial_memory.h"

#include <cuda_runtime_api.h>

#include <algorithm>

#include "engine/cuda/cuda_check.h"

namespace deepobs {
namespace {

constexpr std::int64_t alignment = 256;

std::int64_t aligned(std::int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

}  // namespace

std::vector<void*> TrialMemory::pieces(CUstream_st* stream, std::initializer_list<std::int64_t> bytes) {
  std::int64_t total = 0;
  for (const auto each : bytes) total += aligned(each);
  if (total > bytes_) {
    memory_.reset();  // first: the two together may be too much
    bytes_ = 0;
    memory_ = std::make_unique<TemporaryMemory>(total);
    bytes_ = total;
  }
  if (total > 0)
    check_cuda(cudaMemsetAsync(memory_->data(), 0, static_cast<std::size_t>(total), stream),
               "filling memory with zeros");
  std::vector<void*> pieces;
  std::int64_t at = 0;
  for (const auto each : bytes) {
    pieces.push_back(each > 0 ? static_cast<std::byte*>(memory_->data()) + at : nullptr);
    at += aligned(each);
  }
  return pieces;
}

}  // namespace deepobs
