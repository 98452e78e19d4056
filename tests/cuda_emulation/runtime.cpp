#include "tests/cuda_emulation/runtime.h"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// The calls of CUDA's runtime that libdeepobs_cuda.so makes. Streams do at once what they are asked for.

struct CUgraphNode_st {
  std::function<void()> work;
  double microseconds;
  std::vector<CUgraphNode_st*> behind;
  bool done = false;  // while an order is looked for
  const void* handle = nullptr;
};
struct CUgraph_st {
  std::vector<std::unique_ptr<CUgraphNode_st>> nodes;
};
struct CUgraphExec_st {
  std::vector<std::function<void()>> in_order;
  double microseconds;
};
struct CUevent_st {
  double when;
};
struct CUstream_st {
  std::unique_ptr<CUgraph_st> captured;  // null: no capture
  std::vector<CUgraphNode_st*> ends;
  double microseconds = 0;  // all that it has done
};

namespace {

constexpr long all_products = 127;

struct Machine {
  std::atomic<long> gpus{1}, driver{13000}, memory{2L << 30}, order{1}, products{all_products}, convolutions{1},
      allocations{0};
};
Machine machine;

std::mutex memory_mutex;
std::map<void*, std::size_t> allocated;
std::size_t in_use = 0;

thread_local cudaError_t last_error = cudaSuccess;
thread_local int captures = 0;  // of this thread
std::atomic<int> all_captures = 0;

cudaError_t result(cudaError_t error) {
  if (error != cudaSuccess) last_error = error;
  return error;
}

/// What a thread must not do while it captures.
cudaError_t forbidden_in_capture() { return result(captures > 0 ? cudaErrorStreamCaptureUnsupported : cudaSuccess); }

/// An order that the edges allow: as recorded, or always the latest node that may run.
std::vector<std::function<void()>> ordered(const CUgraph_st& graph) {
  std::vector<std::function<void()>> order;
  std::vector<CUgraphNode_st*> left;
  for (const auto& node : graph.nodes) left.push_back(node.get());
  const auto may_run = [](const CUgraphNode_st* node) {
    return std::ranges::all_of(node->behind, [](const CUgraphNode_st* earlier) { return earlier->done; });
  };
  while (!left.empty()) {
    auto at = left.begin();
    if (machine.order == 1) {
      for (auto each = left.begin(); each != left.end(); ++each)
        if (may_run(*each)) at = each;
    }
    (*at)->done = true;
    order.push_back((*at)->work);
    left.erase(at);
  }
  return order;
}

/// Whether of any two nodes of one handle, which are recorded one after the other, the later one waits for the earlier.
bool handles_take_turns(const CUgraph_st& graph) {
  std::map<const CUgraphNode_st*, std::set<const CUgraphNode_st*>> waits_for;
  std::map<const void*, const CUgraphNode_st*> last;
  for (const auto& node : graph.nodes) {
    auto& all = waits_for[node.get()];
    for (const auto* earlier : node->behind) {
      all.insert(earlier);
      all.insert(waits_for[earlier].begin(), waits_for[earlier].end());
    }
    if (node->handle == nullptr) continue;
    const CUgraphNode_st*& before = last[node->handle];
    if (before != nullptr && all.count(before) == 0) return false;
    before = node.get();
  }
  return true;
}

}  // namespace

namespace deepobs_emulation {

void enqueue(CUstream_st* stream, std::function<void()> work, double microseconds) {
  if (!stream->captured) {
    stream->microseconds += microseconds;
    return work();
  }
  stream->captured->nodes.push_back(
      std::make_unique<CUgraphNode_st>(CUgraphNode_st{std::move(work), microseconds, stream->ends, false, nullptr}));
  stream->ends = {stream->captured->nodes.back().get()};
}

long offered_products() { return machine.products; }

void enqueue_for(const void* handle, CUstream_st* stream, std::function<void()> work, double microseconds) {
  enqueue(stream, std::move(work), microseconds);
  if (stream->captured) stream->captured->nodes.back()->handle = handle;
}

void refuse_while_others_capture(const char* what) {
  if (all_captures <= captures) return;
  std::fprintf(stderr, "emulated GPU: %s while another thread captures a graph\n", what);
  std::abort();
}

long emulated_convolutions() { return machine.convolutions; }

}  // namespace deepobs_emulation

extern "C" {

[[gnu::visibility("default")]] long deepobs_emulate(const char* what, long value) {
  const std::string_view name = what;
  return (name == "gpus"           ? machine.gpus
          : name == "driver"       ? machine.driver
          : name == "memory"       ? machine.memory
          : name == "products"     ? machine.products
          : name == "convolutions" ? machine.convolutions
          : name == "allocations"  ? machine.allocations
                                   : machine.order)
      .exchange(value);
}

cudaError_t cudaGetLastError() { return std::exchange(last_error, cudaSuccess); }
const char* cudaGetErrorName(cudaError_t error) {
  return error == cudaErrorMemoryAllocation           ? "cudaErrorMemoryAllocation"
         : error == cudaErrorStreamCaptureUnsupported ? "cudaErrorStreamCaptureUnsupported"
                                                      : "cudaError";
}
const char* cudaGetErrorString(cudaError_t) { return "emulated"; }

cudaError_t cudaDriverGetVersion(int* version) {
  *version = static_cast<int>(machine.driver);
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceCount(int* count) {
  *count = static_cast<int>(machine.gpus);
  if (machine.driver < CUDART_VERSION / 1000 * 1000) return result(cudaErrorInsufficientDriver);
  return result(*count == 0 ? cudaErrorNoDevice : cudaSuccess);
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {};
  if (const long products = machine.products; products == all_products)
    std::strcpy(properties->name, "Emulated GPU");
  else
    std::snprintf(properties->name, sizeof properties->name, "Emulated GPU with products %ld", products);
  properties->major = 9;
  properties->multiProcessorCount = 132;
  properties->totalGlobalMem = static_cast<std::size_t>(machine.memory);
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) { return result(device < machine.gpus ? cudaSuccess : cudaErrorInvalidDevice); }

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  const std::lock_guard lock(memory_mutex);
  *total = static_cast<std::size_t>(machine.memory);
  *free = *total > in_use ? *total - in_use : 0;
  return cudaSuccess;
}
cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  deepobs_emulation::refuse_while_others_capture("cudaMalloc");
  if (forbidden_in_capture() != cudaSuccess) return cudaErrorStreamCaptureUnsupported;
  const std::lock_guard lock(memory_mutex);
  if (in_use + bytes > static_cast<std::size_t>(machine.memory)) return result(cudaErrorMemoryAllocation);
  *memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  std::memset(*memory, 0xFF, bytes);
  allocated[*memory] = bytes;
  in_use += bytes;
  ++machine.allocations;
  return cudaSuccess;
}
cudaError_t cudaFree(void* memory) {
  if (memory == nullptr) return cudaSuccess;
  deepobs_emulation::refuse_while_others_capture("cudaFree");
  if (forbidden_in_capture() != cudaSuccess) return cudaErrorStreamCaptureUnsupported;
  const std::lock_guard lock(memory_mutex);
  const auto at = allocated.find(memory);
  if (at == allocated.end()) return result(cudaErrorInvalidValue);
  in_use -= at->second;
  allocated.erase(at);
  std::free(memory);
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  deepobs_emulation::enqueue(
      stream, [=] { std::memcpy(to, from, bytes); }, 1);
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  deepobs_emulation::enqueue(
      stream, [=] { std::memset(to, value, bytes); }, 1);
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = new CUstream_st;
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t) { return forbidden_in_capture(); }

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new CUevent_st;
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  event->when = stream->microseconds;
  return forbidden_in_capture();
}
cudaError_t cudaEventSynchronize(cudaEvent_t) { return forbidden_in_capture(); }
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end) {
  *milliseconds = static_cast<float>((end->when - begin->when) / 1e3);
  return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  stream->captured = std::make_unique<CUgraph_st>();
  stream->ends.clear();
  ++captures;
  ++all_captures;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  std::this_thread::sleep_for(std::chrono::microseconds(500));  // for what another thread must not do meanwhile
  --captures;
  --all_captures;
  *graph = stream->captured.release();
  return cudaSuccess;
}
cudaError_t cudaStreamGetCaptureInfo(cudaStream_t stream, cudaStreamCaptureStatus* status, unsigned long long*,
                                     cudaGraph_t*, const cudaGraphNode_t** nodes, const cudaGraphEdgeData** edges,
                                     std::size_t* count) {
  *edges = nullptr;
  *status = stream->captured ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusNone;
  *nodes = stream->ends.data();
  *count = stream->ends.size();
  return cudaSuccess;
}
cudaError_t cudaStreamUpdateCaptureDependencies(cudaStream_t stream, cudaGraphNode_t* nodes, const cudaGraphEdgeData*,
                                                std::size_t count, unsigned) {
  stream->ends.assign(nodes, nodes + count);
  return cudaSuccess;
}
cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, std::size_t* count) {
  if (nodes == nullptr) *count = graph->nodes.size();
  for (std::size_t n = 0; nodes != nullptr && n < *count; ++n) nodes[n] = graph->nodes[n].get();
  return cudaSuccess;
}
cudaError_t cudaGraphGetEdges(cudaGraph_t graph, cudaGraphNode_t* from, cudaGraphNode_t* to, cudaGraphEdgeData* data,
                              std::size_t* count) {
  std::size_t edge = 0;
  for (const auto& node : graph->nodes)
    for (CUgraphNode_st* earlier : node->behind) {
      if (from != nullptr) from[edge] = earlier, to[edge] = node.get(), data[edge] = {};
      ++edge;
    }
  *count = edge;
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
  if (!handles_take_turns(*graph)) {
    std::fprintf(stderr, "emulated GPU: two calls of one handle may run at the same time\n");
    std::abort();
  }
  double microseconds = 0;
  for (const auto& node : graph->nodes) microseconds += node->microseconds;
  *executable = new CUgraphExec_st{ordered(*graph), microseconds};
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  deepobs_emulation::refuse_while_others_capture("cudaGraphExecDestroy");
  delete executable;
  return cudaSuccess;
}
cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t) { return cudaSuccess; }
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  stream->microseconds += executable->microseconds;
  for (const auto& work : executable->in_order) work();
  return cudaSuccess;
}

}  // extern "C"
