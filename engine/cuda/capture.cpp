#include "engine/cuda/capture.h"

#include <cuda_runtime_api.h>

#include "engine/cuda/cuda_check.h"
#include "engine/cuda/gpu_setup.h"

namespace deepobs {
namespace {

/// A graph that is not yet one to launch.
struct GraphDestroyer {
  void operator()(cudaGraph_t graph) const noexcept { (void)cudaGraphDestroy(graph); }
};
using CapturedGraph = std::unique_ptr<CUgraph_st, GraphDestroyer>;

}  // namespace

ExecutableGraph captured(CUstream_st* stream, const std::function<void()>& record, const std::string& what) {
  const GpuSetup setup = gpu_setup();
  // Relaxed: the first use of a kernel in the process, here perhaps, loads it.
  check_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), "beginning to capture a graph");
  cudaGraph_t raw = nullptr;
  try {
    record();
  } catch (...) {
    (void)cudaStreamEndCapture(stream, &raw);
    CapturedGraph{raw};
    (void)cudaGetLastError();
    throw;
  }
  check_cuda(cudaStreamEndCapture(stream, &raw), "capturing " + what);
  const CapturedGraph graph(raw);
  cudaGraphExec_t executable = nullptr;
  check_cuda(cudaGraphInstantiate(&executable, graph.get(), 0), "making " + what);
  ExecutableGraph made(executable);
  check_cuda(cudaGraphUpload(made.get(), stream), "uploading " + what);
  return made;
}

}  // namespace deepobs
