#include "engine/cuda/cuda_objects.h"

#include <cuda_runtime_api.h>

#include "engine/cuda/cuda_check.h"
#include "engine/cuda/gpu_setup.h"

namespace deepobs {

// At the end of a process, or after an error that took the GPU with it, these may fail; nobody could do anything.
void StreamDeleter::operator()(CUstream_st* stream) const noexcept { (void)cudaStreamDestroy(stream); }
void EventDeleter::operator()(CUevent_st* event) const noexcept { (void)cudaEventDestroy(event); }
void GraphDeleter::operator()(CUgraphExec_st* graph) const noexcept {
  const GpuSetup setup = gpu_setup();
  (void)cudaGraphExecDestroy(graph);
}

CudaStream make_stream() {
  cudaStream_t stream = nullptr;
  check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "making a stream");
  return CudaStream(stream);
}

Event make_event(bool timing) {
  cudaEvent_t event = nullptr;
  const unsigned flags = timing ? cudaEventDefault : cudaEventDisableTiming | cudaEventBlockingSync;
  check_cuda(cudaEventCreateWithFlags(&event, flags), "making an event");
  return Event(event);
}

void* allocate_on_gpu(std::int64_t bytes) {
  const GpuSetup setup = gpu_setup();
  void* memory = nullptr;
  const cudaError_t status = cudaMalloc(&memory, static_cast<std::size_t>(bytes));
  if (status == cudaErrorMemoryAllocation) {
    (void)cudaGetLastError();
    std::size_t free = 0, total = 0;
    (void)cudaMemGetInfo(&free, &total);
    fail(Fault::memory, "the GPU has no ", bytes, " bytes of memory left: ", free, " of its ", total,
         " bytes are free; take a smaller batch, or fewer runs at once (--jobs)");
  }
  check_cuda(status, text("allocating ", bytes, " bytes on the GPU"));
  return memory;
}

void free_on_gpu(void* memory) noexcept {
  const GpuSetup setup = gpu_setup();
  (void)cudaFree(memory);
}

TemporaryMemory::TemporaryMemory(std::int64_t bytes) : data_(bytes > 0 ? allocate_on_gpu(bytes) : nullptr) {}
TemporaryMemory::TemporaryMemory(std::int64_t bytes, CUstream_st* stream) : TemporaryMemory(bytes) {
  if (bytes > 0)
    check_cuda(cudaMemsetAsync(data_, 0, static_cast<std::size_t>(bytes), stream), "filling memory with zeros");
}
TemporaryMemory::~TemporaryMemory() { free_on_gpu(data_); }

}  // namespace deepobs
