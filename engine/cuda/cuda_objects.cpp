#include "engine/cuda/cuda_objects.h"

#include <cuda_runtime_api.h>

#include <algorithm>

#include "engine/cuda/cuda_check.h"

namespace deepobs {

// At the end of a process, or after an error that took the GPU with it, these may fail; nobody could do anything.
void StreamDeleter::operator()(CUstream_st* stream) const noexcept { (void)cudaStreamDestroy(stream); }
void EventDeleter::operator()(CUevent_st* event) const noexcept { (void)cudaEventDestroy(event); }
void GraphDeleter::operator()(CUgraphExec_st* graph) const noexcept { (void)cudaGraphExecDestroy(graph); }

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

TemporaryMemory::TemporaryMemory(std::int64_t bytes) : data_(bytes > 0 ? allocate_on_gpu(bytes) : nullptr) {}
TemporaryMemory::~TemporaryMemory() { (void)cudaFree(data_); }

double measured_microseconds(CUstream_st* stream, void (*work)(void*), void* context) {
  constexpr int repetitions = 5, at_once = 4;
  const Event begin = make_event(true), end = make_event(true);
  work(context);
  double least = 1e30;
  for (int i = 0; i < repetitions; ++i) {
    check_cuda(cudaEventRecord(begin.get(), stream), "measuring");
    for (int k = 0; k < at_once; ++k) work(context);
    check_cuda(cudaEventRecord(end.get(), stream), "measuring");
    check_cuda(cudaEventSynchronize(end.get()), "measuring");
    float milliseconds = 0;
    check_cuda(cudaEventElapsedTime(&milliseconds, begin.get(), end.get()), "measuring");
    least = std::min(least, static_cast<double>(milliseconds) * 1e3 / at_once);
  }
  return least;
}

}  // namespace deepobs
