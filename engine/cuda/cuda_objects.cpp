#include "engine/cuda/cuda_objects.h"

#include <cuda_runtime_api.h>

#include <algorithm>

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

Stream make_stream() {
  cudaStream_t stream = nullptr;
  check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "making a stream");
  return Stream(stream);
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

double measured_microseconds(CUstream_st* stream, void (*work)(void*), void* context) {
  const GpuSetup setup = gpu_setup();
  constexpr int repetitions = 5, at_once = 4;
  constexpr double long_enough = 2000;  // to be told from others by one measurement
  const Event begin = make_event(true), end = make_event(true);
  const auto measured = [&](int times) {
    check_cuda(cudaEventRecord(begin.get(), stream), "measuring");
    for (int k = 0; k < times; ++k) work(context);
    check_cuda(cudaEventRecord(end.get(), stream), "measuring");
    check_cuda(cudaEventSynchronize(end.get()), "measuring");
    float milliseconds = 0;
    check_cuda(cudaEventElapsedTime(&milliseconds, begin.get(), end.get()), "measuring");
    return static_cast<double>(milliseconds) * 1e3 / times;
  };
  work(context);
  double least = measured(1);
  for (int i = 0; i < repetitions && least < long_enough; ++i) least = std::min(least, measured(at_once));
  return least;
}

}  // namespace deepobs
