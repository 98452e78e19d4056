#pragma once

#include <memory>
#include <vector>

#include "engine/cuda/cuda_objects.h"
#include "engine/cuda/queue.h"
#include "engine/cuda_device.h"
#include "engine/hazards.h"
#include "engine/step_counter.h"

struct CUgraph_st;

namespace deepobs {

/// A graph that is not yet one to launch.
struct CapturedGraphDeleter {
  void operator()(CUgraph_st* graph) const noexcept;
};
using CapturedGraph = std::unique_ptr<CUgraph_st, CapturedGraphDeleter>;

/// The calls of a program as CUDA graphs: one of a single step, and one of several for whoever asks for many. They are
/// captured once, when they are first needed; a launch is all that a step costs the host. The GPU's memory holds the
/// step blocks and counts them up.
class CudaReplay final : public Replay {
 public:
  /// `queue` is the device's; the device outlives the replay. `library` is where the bodies are found.
  ///   errors  internal: an op without a body for a GPU; memory
  CudaReplay(std::vector<Device::Resolved> calls, const CudaOptions& options, const CudaQueue& queue, void* library);
  ~CudaReplay() override;

  void run(const StepBlock& step) override { run_several(step, 1); }
  void run_several(const StepBlock& first, std::int64_t count) override;
  void run_watched(const StepBlock& step, const std::function<bool(std::size_t)>& keep_going) override;
  std::vector<double> call_seconds(const StepBlock& step) override;
  std::optional<CapturedStep> captured_step() override;

 private:
  struct Node {
    CudaBody body = nullptr;
    std::unique_ptr<CudaPrepared> prepared;
    void* scratch = nullptr;
    std::vector<MemoryUse> uses;
  };

  void resolve(void* library);
  void place_scratch();
  void call(std::size_t node, const StepBlock* step);
  CapturedGraph captured(int steps);
  ExecutableGraph capture(int steps);
  void record(int steps);
  void launch(const ExecutableGraph& graph);
  void keep_host_back();

  CudaOptions options_;
  CudaQueue queue_;
  std::vector<Device::Resolved> calls_;
  std::vector<Node> nodes_;
  std::vector<std::unique_ptr<TemporaryMemory>> scratch_;
  std::unique_ptr<TemporaryMemory> blocks_;
  StepBlock* counter_ = nullptr;  // in GPU memory, as are the next
  StepBlock* steps_ = nullptr;
  int steps_a_launch_ = 1;
  ExecutableGraph single_, several_;
  StepCounter stands_;
  Event behind_[2];  // launches that were some way back
  std::int64_t launches_ = 0;
};

}  // namespace deepobs
