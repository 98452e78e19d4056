#include "engine/cuda/graph/capture.h"

#include <cuda_runtime_api.h>

#include "engine/cuda/cuda_check.h"
#include "engine/cuda/gpu_setup.h"

namespace deepobs {

void CapturedGraphDeleter::operator()(CUgraph_st* graph) const noexcept { (void)cudaGraphDestroy(graph); }

CapturedGraph captured(CUstream_st* stream, const std::function<void()>& record) {
  const GpuSetup setup = gpu_setup();
  // Relaxed: the first use of a kernel in the process, here perhaps, loads it.
  check_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), "beginning to capture a graph");
  cudaGraph_t graph = nullptr;
  try {
    record();
  } catch (...) {
    (void)cudaStreamEndCapture(stream, &graph);
    CapturedGraph{graph};
    (void)cudaGetLastError();
    throw;
  }
  check_cuda(cudaStreamEndCapture(stream, &graph), "capturing a graph");
  return CapturedGraph(graph);
}

ExecutableGraph captured_to_launch(CUstream_st* stream, const std::function<void()>& record, const std::string& what) {
  const GpuSetup setup = gpu_setup();
  const CapturedGraph graph = captured(stream, record);
  cudaGraphExec_t executable = nullptr;
  check_cuda(cudaGraphInstantiate(&executable, graph.get(), 0), "making " + what);
  ExecutableGraph made(executable);
  check_cuda(cudaGraphUpload(made.get(), stream), "uploading " + what);
  return made;
}

}  // namespace deepobs
