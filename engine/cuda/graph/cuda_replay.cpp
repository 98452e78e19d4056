#include "engine/cuda/graph/cuda_replay.h"

#include <cuda_runtime_api.h>
#include <dlfcn.h>

#include <algorithm>
#include <array>

#include "engine/cuda/choices/measuring.h"
#include "engine/cuda/cuda_check.h"
#include "engine/cuda/dnn_handles.h"
#include "engine/cuda/gpu_setup.h"
#include "engine/cuda/graph/capture.h"
#include "engine/cuda/graph/graph_facts.h"
#include "engine/cuda/step_blocks.h"
#include "engine/run/cuda_interface.h"

namespace deepobs {
namespace {

// Nodes with scratch memory share a few pieces of it, in turn: as many of them can run at the same time.
constexpr std::size_t scratch_pieces = DnnHandles::count;

std::int64_t aligned(std::int64_t bytes) { return (bytes + 255) / 256 * 256; }

template <class Function>
Function found(void* library, std::string_view prefix, std::string_view op) {
  const std::string name = std::string(prefix) + std::string(op);
  return reinterpret_cast<Function>(dlsym(library, name.c_str()));
}

MemoryUse use_of(const void* data, std::int64_t bytes, bool writes) {
  const auto* begin = static_cast<const std::byte*>(data);
  return {begin, begin + bytes, writes};
}

/// A node that the next kernel of a capture would wait for, and how: a library's kernel may let the next one begin
/// early.
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
  place_kept();
  list_parts();
}

CudaReplay::~CudaReplay() { (void)cudaStreamSynchronize(queue_.stream); }  // its memory may be in use

void CudaReplay::resolve(void* library) {
  for (const auto& resolved : calls_) {
    Node node;
    // An op that brings a body of its own takes nothing of the library, which may have another op of that name.
    const bool own = resolved.op->cuda != nullptr;
    node.body = own ? resolved.op->cuda : found<CudaBody>(library, cuda_body_prefix, resolved.op->name);
    require(node.body != nullptr, Fault::usage, "op '", resolved.op->name,
            "' has no body for a GPU: an op of a program's own brings one in Op::cuda");
    const auto prepare =
        own ? resolved.op->cuda_prepare : found<CudaPrepare>(library, cuda_prepare_prefix, resolved.op->name);
    if (prepare != nullptr) {
      const Call call{resolved.in, resolved.out, resolved.attributes, steps_, nullptr};
      node.prepared.reset(prepare(call, queue_));
    }
    for (std::size_t i = 0; i < resolved.in.size(); ++i)
      node.uses.push_back(use_of(resolved.in[i].data, resolved.in[i].bytes(), resolved.op->changes_operand(i)));
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
  for (const auto size : bytes) scratch_.push_back(std::make_unique<TemporaryMemory>(aligned(size)));
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    if (piece_of[n] == scratch_pieces) continue;
    nodes_[n].scratch = scratch_[piece_of[n]]->data();
    nodes_[n].piece = piece_of[n];
    nodes_[n].uses.push_back(use_of(nodes_[n].scratch, nodes_[n].prepared->scratch_bytes, true));
  }
}

void CudaReplay::place_kept() {
  std::int64_t bytes = 0;
  for (const auto& node : nodes_)
    if (node.prepared) bytes += aligned(node.prepared->kept_bytes);
  kept_ = std::make_unique<TemporaryMemory>(bytes, queue_.stream);
  auto* next = static_cast<std::byte*>(kept_->data());
  for (auto& node : nodes_) {
    if (!node.prepared || node.prepared->kept_bytes == 0) continue;
    node.kept = next;
    node.uses.push_back(use_of(next, node.prepared->kept_bytes, true));
    next += aligned(node.prepared->kept_bytes);
  }
}

/// A prologue stands in front of its body, where it is right whatever it touches; its uses say how early it may begin.
void CudaReplay::list_parts() {
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const Node& node = nodes_[n];
    if (node.prepared && node.prepared->prologue) {
      auto uses = node.prepared->prologue_uses;
      uses.push_back(use_of(node.kept, node.prepared->kept_bytes, true));
      parts_.push_back({n, node.prepared->prologue, std::move(uses)});
    }
    parts_.push_back({n, node.body, node.uses});
  }
}

void CudaReplay::call(const Part& part, const StepBlock* step) {
  const auto& resolved = calls_[part.node];
  const Node& node = nodes_[part.node];
  queue_.prepared = node.prepared.get();
  queue_.scratch = node.scratch;
  queue_.piece = node.piece;
  queue_.kept = node.kept;
  part.body({resolved.in, resolved.out, resolved.attributes, step, nullptr}, queue_);
  check_cuda(cudaGetLastError(), text("launching ", resolved.op->name));
}

/// The calls of some steps, one step behind the other, each with a step block of its own.
void CudaReplay::record(int steps) {
  take_steps(queue_, counter_, steps_, steps);
  if (!options_.overlap) {
    for (int step = 0; step < steps; ++step)
      for (const Part& part : parts_) call(part, steps_ + step);
    return;
  }
  std::vector<std::vector<MemoryUse>> uses;
  for (int step = 0; step < steps; ++step)
    for (const Part& part : parts_) uses.push_back(part.uses);
  const auto waits_for = dependencies(uses);
  const auto begin = present_ends(queue_.stream);
  std::vector<std::vector<End>> ends;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    std::vector<End> behind;
    for (const auto earlier : waits_for[i])
      for (const auto& end : ends[earlier])
        if (std::ranges::find(behind, end.node, &End::node) == behind.end()) behind.push_back(end);
    continue_behind(queue_.stream, behind.empty() ? begin : behind);
    call(parts_[i % parts_.size()], steps_ + i / parts_.size());
    ends.push_back(present_ends(queue_.stream));
  }
}

ExecutableGraph CudaReplay::capture(int steps) {
  return captured_to_launch(
      queue_.stream, [&] { record(steps); }, text("a graph of ", steps, " steps"));
}

void CudaReplay::launch(const ExecutableGraph& graph) {
  check_cuda(cudaGraphLaunch(graph.get(), queue_.stream), "launching a step");
  pace_.launched(queue_.stream);
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
  for (const Part& part : parts_) {
    call(part, steps_);
    check_cuda(cudaStreamSynchronize(queue_.stream), text("running ", calls_[part.node].op->name));
    if (part.body == nodes_[part.node].body && !keep_going(part.node)) return;
  }
}

std::vector<double> CudaReplay::call_seconds(const StepBlock& step) {
  check_cuda(cudaSetDevice(options_.gpu), "choosing a GPU");
  const GpuSetup setup = gpu_setup();
  stands_.forget();
  set_step(queue_, steps_, step);
  std::vector<double> seconds(nodes_.size());
  for (const Part& part : parts_)  // a body's time has that of its prologue
    seconds[part.node] += measured_microseconds(queue_.stream, [&] { call(part, steps_); }) * 1e-6;
  return seconds;
}

std::optional<CapturedStep> CudaReplay::captured_step() {
  check_cuda(cudaSetDevice(options_.gpu), "choosing a GPU");
  return facts_of(captured(queue_.stream, [&] { record(1); }).get());
}

}  // namespace deepobs
