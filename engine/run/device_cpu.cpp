#include <cstdio>
#include <cstring>
#include <fstream>

#include "engine/base/check.h"
#include "engine/memory/aligned_memory.h"
#include "engine/run/device.h"
#include "engine/run/step_counter.h"
#include "engine/tensor/float_environment.h"

namespace deepobs {
namespace {

/// The processor's own name, as the kernel of the system knows it.
std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name"))
      if (const auto colon = line.find(": "); colon != std::string::npos) return line.substr(colon + 2);
  return "unknown";
}

class CpuReplay final : public Replay {
 public:
  CpuReplay(std::vector<Device::Resolved> calls, Isa isa, Executor& executor) : resolved_(std::move(calls)) {
    for (const auto& one : resolved_) {
      const Body body = one.op->cpu[static_cast<std::size_t>(isa)];
      require(body != nullptr, Fault::internal, "op '", one.op->name, "' has no body for ", name_of(isa));
      steps_.push_back({body, {one.in, one.out, one.attributes, &block_, &executor}});
    }
  }

  void run(const StepBlock& block) override {
    const FloatEnvironment environment;
    block_ = block;
    for (const auto& [body, call] : steps_) body(call);
  }

  void run_watched(const StepBlock& block, const std::function<bool(std::size_t)>& keep_going) override {
    const FloatEnvironment environment;
    block_ = block;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      steps_[i].body(steps_[i].call);
      if (!keep_going(i)) return;
    }
  }

 private:
  struct Step {
    Body body;
    Call call;
  };
  std::vector<Device::Resolved> resolved_;  // owns the views that the calls span
  std::vector<Step> steps_;
  StepBlock block_;
};

class CpuDevice final : public Device {
 public:
  explicit CpuDevice(const CpuOptions& options)
      : isa_(options.isa),
        executor_(options.use_tbb ? tbb_executor(options.threads) : std_thread_executor(options.threads)) {
    require(isa_ <= best_isa(), Fault::usage, "this machine's best instruction set is ", name_of(best_isa()), ", not ",
            name_of(isa_));
  }

  DeviceInfo info() const override {
    return {"cpu", processor_name(), executor_->threads(), std::string(name_of(isa_)), "fp32"};
  }

  void* allocate(std::int64_t bytes) override {
    void* memory = allocate_aligned(bytes);
    require(memory != nullptr, Fault::memory, "the machine has no ", bytes, " bytes of memory left");
    return memory;
  }
  void release(void* memory, std::int64_t bytes) noexcept override { free_aligned(memory, bytes); }
  void copy_in(void* to, const void* from, std::int64_t bytes) override { copy(to, from, bytes); }
  void copy_out(void* to, const void* from, std::int64_t bytes) override { copy(to, from, bytes); }
  void copy(void* to, const void* from, std::int64_t bytes) override {
    if (bytes > 0) std::memcpy(to, from, static_cast<std::size_t>(bytes));
  }
  const void* on_host(const void* memory) const override { return memory; }

  std::unique_ptr<Replay> prepare(std::vector<Resolved> calls) override {
    return std::make_unique<CpuReplay>(std::move(calls), isa_, *executor_);
  }

 private:
  Isa isa_;
  std::unique_ptr<Executor> executor_;
};

}  // namespace

void Replay::run_several(const StepBlock& first, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) run(StepCounter::later(first, i));
}

std::unique_ptr<Device> cpu_device(const CpuOptions& options) { return std::make_unique<CpuDevice>(options); }

}  // namespace deepobs
