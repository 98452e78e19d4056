#pragma once

#include <cstdint>
#include <memory>

// CUDA's objects with owners, and no header of CUDA's.

struct CUstream_st;
struct CUevent_st;
struct CUgraphExec_st;

namespace deepobs {

struct StreamDeleter {
  void operator()(CUstream_st* stream) const noexcept;
};
struct EventDeleter {
  void operator()(CUevent_st* event) const noexcept;
};
struct GraphDeleter {
  void operator()(CUgraphExec_st* graph) const noexcept;
};
using CudaStream = std::unique_ptr<CUstream_st, StreamDeleter>;
using Event = std::unique_ptr<CUevent_st, EventDeleter>;
using ExecutableGraph = std::unique_ptr<CUgraphExec_st, GraphDeleter>;

/// A stream that neither waits for nor is waited for by the default stream.
CudaStream make_stream();

/// `timing`: it can tell the time between two; else it is cheaper, and waiting for it sleeps.
Event make_event(bool timing);

/// Memory of the present GPU, for the length of a preparation.
class TemporaryMemory {
 public:
  /// Errors: memory, with the bytes asked for and those that are free.
  explicit TemporaryMemory(std::int64_t bytes);
  /// Full of zeros for whoever comes later in that stream.
  TemporaryMemory(std::int64_t bytes, CUstream_st* stream);
  ~TemporaryMemory();
  TemporaryMemory(const TemporaryMemory&) = delete;
  TemporaryMemory& operator=(const TemporaryMemory&) = delete;
  void* data() const { return data_; }

 private:
  void* data_ = nullptr;
};

/// cudaMalloc, with an error that says what was asked for and what is free; and cudaFree.
void* allocate_on_gpu(std::int64_t bytes);
void free_on_gpu(void* memory) noexcept;

}  // namespace deepobs
