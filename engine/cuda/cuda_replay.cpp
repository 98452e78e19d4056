#include "engine/cuda/cuda_replay.h"

#include <cuda_runtime_api.h>
#include <dlfcn.h>

#include <algorithm>
#include <array>

#include "engine/cuda/cuda_check.h"
#include "engine/cuda/gpu_setup.h"
#include "engine/cuda/graph_facts.h"
#include "engine/cuda/step_blocks.h"
#include "engine/cuda_interface.h"

namespace deepobs {
namespace {

// Nodes with scratch memory share a few pieces of it, in turn: as many of them can run at the same time.
constexpr std::size_t scratch_pieces = 3;
constexpr std::int64_t scratch_alignment = 256;

template <class Function>
Function found(void* library, std::string_view prefix, std::string_view op) {
  const std::string name = std::string(prefix) + std::string(op);
  return reinterpret_cast<Function>(dlsym(library, name.c_str()));
}

MemoryUse use_of(const void* data, std::int64_t bytes, bool writes) {
  const auto* begin = static_cast<const std::byte*>(data);
  return {begin, begin + bytes, writes};
}

/// A node that the next kernel of a capture would wait for, and how: a library's kernel may let the next one begin early.
struct End {
  cudaGraphNode_t node;
  cudaGraphEdgeData edge;
};

std::vector<End> present_ends(cudaStream_t stream) {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  const cudaGraphNode_t* nodes = nullptr;
  const cudaGraphEdgeData* edges = nullptr;
  std::size_t count = 0;
#if CUDART_VERSION >= 13000
  check_cuda(cudaStreamGetCaptureInfo(stream, &status, nullptr, nullptr, &nodes, &edges, &count), "capturing");
#else
  check_cuda(cudaStreamGetCaptureInfo_v3(stream, &status, nullptr, nullptr, &nodes, &edges, &count), "capturing");
#endif
  require(status == cudaStreamCaptureStatusActive, Fault::internal, "a body broke off the capture of its graph");
  std::vector<End> ends;
  for (std::size_t i = 0; i < count; ++i) ends.push_back({nodes[i], edges ? edges[i] : cudaGraphEdgeData{}});
  return ends;
}

void continue_behind(cudaStream_t stream, const std::vector<End>& ends) {
  std::vector<cudaGraphNode_t> nodes;
  std::vector<cudaGraphEdgeData> edges;
  for (const auto& [node, edge] : ends) nodes.push_back(node), edges.push_back(edge);
#if CUDART_VERSION >= 13000
  check_cuda(cudaStreamUpdateCaptureDependencies(stream, nodes.data(), edges.data(), nodes.size(),
                                                 cudaStreamSetCaptureDependencies),
             "capturing");
#else
  check_cuda(cudaStreamUpdateCaptureDependencies_v2(stream, nodes.data(), edges.data(), nodes.size(),
                                                    cudaStreamSetCaptureDependencies),
             "capturing");
#endif
}

}  // namespace

void CapturedGraphDeleter::operator()(CUgraph_st* graph) const noexcept { (void)cudaGraphDestroy(graph); }

CudaReplay::CudaReplay(std::vector<Device::Resolved> calls, const CudaOptions& options, const CudaQueue& queue,
                       void* library)
    : options_(options), queue_(queue), calls_(std::move(calls)) {
  const auto nodes = static_cast<std::int64_t>(calls_.size());
  steps_a_launch_ = options.steps_a_launch > 0 ? std::min(options.steps_a_launch, most_steps_a_launch)
                                               : static_cast<int>(good_steps_a_launch(nodes));
  blocks_ = std::make_unique<TemporaryMemory>(static_cast<std::int64_t>(sizeof(StepBlock)) * (steps_a_launch_ + 1));
  counter_ = static_cast<StepBlock*>(blocks_->data());
  steps_ = counter_ + 1;
  resolve(library);
  place_scratch();
  for (auto& event : behind_) event = make_event(false);
}

CudaReplay::~CudaReplay() { (void)cudaStreamSynchronize(queue_.stream); }  // its memory may be in use

void CudaReplay::resolve(void* library) {
  for (const auto& resolved : calls_) {
    Node node;
    node.body = found<CudaBody>(library, cuda_body_prefix, resolved.op->name);
    require(node.body != nullptr, Fault::internal, "op '", resolved.op->name, "' has no body for a GPU");
    if (const auto prepare = found<CudaPrepare>(library, cuda_prepare_prefix, resolved.op->name)) {
      const Call call{resolved.in, resolved.out, resolved.attributes, steps_, nullptr};
      node.prepared.reset(prepare(call, queue_));
    }
    // A node without output changes its operands.
    for (const auto& view : resolved.in) node.uses.push_back(use_of(view.data, view.bytes(), resolved.out.empty()));
    for (const auto& view : resolved.out) node.uses.push_back(use_of(view.data, view.bytes(), true));
    nodes_.push_back(std::move(node));
  }
}

void CudaReplay::place_scratch() {
  std::array<std::int64_t, scratch_pieces> bytes{};
  std::size_t next = 0;
  std::vector<std::size_t> piece_of(nodes_.size(), scratch_pieces);
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    if (!nodes_[n].prepared || nodes_[n].prepared->scratch_bytes == 0) continue;
    piece_of[n] = next++ % scratch_pieces;
    bytes[piece_of[n]] = std::max(bytes[piece_of[n]], nodes_[n].prepared->scratch_bytes);
  }
  for (const auto size : bytes)
    scratch_.push_back(
        std::make_unique<TemporaryMemory>((size + scratch_alignment - 1) / scratch_alignment * scratch_alignment));
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    if (piece_of[n] == scratch_pieces) continue;
    nodes_[n].scratch = scratch_[piece_of[n]]->data();
    nodes_[n].uses.push_back(use_of(nodes_[n].scratch, nodes_[n].prepared->scratch_bytes, true));
  }
}

void CudaReplay::call(std::size_t n, const StepBlock* step) {
  const auto& resolved = calls_[n];
  queue_.prepared = nodes_[n].prepared.get();
  queue_.scratch = nodes_[n].scratch;
  nodes_[n].body({resolved.in, resolved.out, resolved.attributes, step, nullptr}, queue_);
  check_cuda(cudaGetLastError(), text("launching ", resolved.op->name));
}

/// The calls of some steps, one step behind the other, each with a step block of its own.
void CudaReplay::record(int steps) {
  take_steps(queue_, counter_, steps_, steps);
  if (!options_.overlap) {
    for (int step = 0; step < steps; ++step)
      for (std::size_t n = 0; n < nodes_.size(); ++n) call(n, steps_ + step);
    return;
  }
  std::vector<std::vector<MemoryUse>> uses;
  for (int step = 0; step < steps; ++step)
    for (const auto& node : nodes_) uses.push_back(node.uses);
  const auto waits_for = dependencies(uses);
  const auto begin = present_ends(queue_.stream);
  std::vector<std::vector<End>> ends;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    std::vector<End> behind;
    for (const auto earlier : waits_for[i])
      for (const auto& end : ends[earlier])
        if (std::ranges::find(behind, end.node, &End::node) == behind.end()) behind.push_back(end);
    continue_behind(queue_.stream, behind.empty() ? begin : behind);
    call(i % nodes_.size(), steps_ + i / nodes_.size());
    ends.push_back(present_ends(queue_.stream));
  }
}

CapturedGraph CudaReplay::captured(int steps) {
  const GpuSetup setup = gpu_setup();
  // Relaxed: the first use of a kernel in the process, here perhaps, loads it.
  check_cuda(cudaStreamBeginCapture(queue_.stream, cudaStreamCaptureModeRelaxed), "beginning to capture a graph");
  cudaGraph_t captured = nullptr;
  try {
    record(steps);
  } catch (...) {
    (void)cudaStreamEndCapture(queue_.stream, &captured);
    CapturedGraph{captured};
    (void)cudaGetLastError();
    throw;
  }
  check_cuda(cudaStreamEndCapture(queue_.stream, &captured), "capturing a graph");
  return CapturedGraph(captured);
}

ExecutableGraph CudaReplay::capture(int steps) {
  const GpuSetup setup = gpu_setup();
  const CapturedGraph graph = captured(steps);
  cudaGraphExec_t executable = nullptr;
  check_cuda(cudaGraphInstantiate(&executable, graph.get(), 0), text("making a graph of ", steps, " steps"));
  ExecutableGraph made(executable);
  check_cuda(cudaGraphUpload(made.get(), queue_.stream), "uploading a graph");
  return made;
}

void CudaReplay::launch(const ExecutableGraph& graph) {
  check_cuda(cudaGraphLaunch(graph.get(), queue_.stream), "launching a step");
  keep_host_back();
}

/// The host may be some launches ahead of the GPU, so that the GPU never waits, but not by any number: who wants to stop
/// a run would wait for all of them.
void CudaReplay::keep_host_back() {
  constexpr std::int64_t ahead = 64;
  if (++launches_ % ahead != 0) return;
  const Event& event = behind_[launches_ / ahead % 2];
  if (launches_ > 2 * ahead) check_cuda(cudaEventSynchronize(event.get()), "running a step");
  check_cuda(cudaEventRecord(event.get(), queue_.stream), "running a step");
}

void CudaReplay::run_several(const StepBlock& first, std::int64_t count) {
  if (count <= 0) return;
  check_cuda(cudaSetDevice(options_.gpu), "choosing a GPU");
  const LaunchCut cut = cut_launches(count, steps_a_launch_);
  if (cut.large > 0 && !several_) several_ = capture(steps_a_launch_);
  if (cut.single > 0 && !single_) single_ = capture(1);
  if (!stands_.stands_at(first)) set_step(queue_, counter_, first);
  stands_.forget();  // should anything below fail
  for (std::int64_t i = 0; i < cut.large; ++i) launch(several_);
  for (std::int64_t i = 0; i < cut.single; ++i) launch(single_);
  stands_.passed(first, count);
}

void CudaReplay::run_watched(const StepBlock& step, const std::function<bool(std::size_t)>& keep_going) {
  check_cuda(cudaSetDevice(options_.gpu), "choosing a GPU");
  stands_.forget();
  set_step(queue_, steps_, step);
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    call(n, steps_);
    check_cuda(cudaStreamSynchronize(queue_.stream), text("running ", calls_[n].op->name));
    if (!keep_going(n)) return;
  }
}

std::vector<double> CudaReplay::call_seconds(const StepBlock& step) {
  check_cuda(cudaSetDevice(options_.gpu), "choosing a GPU");
  const GpuSetup setup = gpu_setup();
  stands_.forget();
  set_step(queue_, steps_, step);
  std::vector<double> seconds;
  for (std::size_t n = 0; n < nodes_.size(); ++n)
    seconds.push_back(measured_microseconds(queue_.stream, [&, n] { call(n, steps_); }) * 1e-6);
  return seconds;
}

std::optional<CapturedStep> CudaReplay::captured_step() {
  check_cuda(cudaSetDevice(options_.gpu), "choosing a GPU");
  return facts_of(captured(1).get());
}

}  // namespace deepobs
