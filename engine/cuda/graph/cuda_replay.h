#pragma once

#include <memory>
#include <vector>

#include "engine/cuda/cuda_objects.h"
#include "engine/cuda/graph/launch_pace.h"
#include "engine/cuda/queue.h"
#include "engine/run/cuda_device.h"
#include "engine/run/hazards.h"
#include "engine/run/step_counter.h"

namespace deepobs {

/// The calls of a program as CUDA graphs: one of a single step, and one of several for whoever asks for many. They are
/// captured once, when they are first needed; a launch is all that a step costs the host. The GPU's memory holds the
/// step blocks and counts them up.
class CudaReplay final : public Replay {
 public:
  /// `queue` is the device's; the device outlives the replay. `library` is where the bodies are found.
  ///   errors  usage: an op without a body for a GPU; memory
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
    std::size_t piece = 0;  // of scratch_
    void* kept = nullptr;
    std::vector<MemoryUse> uses;
  };
  /// What a step calls: the bodies, and in front of some their prologue.
  struct Part {
    std::size_t node;
    CudaBody body;
    std::vector<MemoryUse> uses;
  };

  void resolve(void* library);
  void place_scratch();
  void place_kept();
  void list_parts();
  void call(const Part& part, const StepBlock* step);
  ExecutableGraph capture(int steps);
  void record(int steps);
  void launch(const ExecutableGraph& graph);

  CudaOptions options_;
  CudaQueue queue_;
  std::vector<Device::Resolved> calls_;
  std::vector<Node> nodes_;
  std::vector<Part> parts_;  // in the order of the nodes
  std::vector<std::unique_ptr<TemporaryMemory>> scratch_;
  std::unique_ptr<TemporaryMemory> kept_, blocks_;
  StepBlock* counter_ = nullptr;  // in GPU memory, as are the next
  StepBlock* steps_ = nullptr;
  int steps_a_launch_ = 1;
  ExecutableGraph single_, several_;
  StepCounter stands_;
  LaunchPace pace_;
};

}  // namespace deepobs
