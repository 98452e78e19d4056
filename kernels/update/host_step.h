#pragma once

#include <functional>
#include <map>
#include <vector>

#include "engine/run/program.h"
#include "kernels/update/step_driver.h"

namespace deepobs {

/// The steps of a method that is driven by the host, on the program that makes loss and gradients.
class HostStep final : public StepDriver {
 public:
  ///   objective    buffer [1]: the program leaves the objective there
  ///   evaluations  buffer [1] f64: their number in all steps is added up there
  HostStep(Program& program, Storage& storage, int objective, int evaluations);

  /// `ask` is called before every evaluation, and may throw to leave the step. From then on a step keeps what it
  /// overwrites: the parameters and, of the states, the rows and numbers that it sets.
  void ask_before_evaluations(std::function<void()> ask) { ask_ = std::move(ask); }

  /// One step. Errors: what `ask` throws; all that is state is then as it was before the step. What the loop or an
  /// evaluation throws leaves a step that is half done, unless there is an `ask`.
  ///   replay  runs the program for each evaluation; null: Program::run() does
  void run(const StepBlock& step, const std::function<void(StepDriver&)>& drive,
           const std::function<void()>& replay = nullptr);

  const StepBlock& step() const override { return step_; }
  double evaluate() override;
  std::int64_t evaluations() const override { return evaluations_; }
  std::span<const float> parameters() override;
  std::span<const float> gradients() override;
  void set_parameters(std::span<const float> values) override;
  std::vector<double> numbers(const std::string& state) override;
  void set_numbers(const std::string& state, std::span<const double> values) override;
  std::span<const float> row(const std::string& state, std::int64_t row) override;
  void set_row(const std::string& state, std::int64_t row, std::span<const float> values) override;

 private:
  /// A buffer that an evaluation changes beside the gradients, and copies of it on the device.
  struct Touched {
    int buffer;
    std::int64_t bytes;
    DeviceMemory before, after;
  };
  struct Row {
    float* data;
    std::int64_t count;
  };
  Row find_row(const std::string& state, std::int64_t row, std::int64_t count) const;
  std::span<const float> read(const void* from, std::int64_t count, std::vector<float>& copy) const;
  void keep(void* place, std::int64_t bytes);
  void undo();
  void forget();

  Program* program_;
  Storage* storage_;
  int objective_, all_evaluations_;
  std::vector<Touched> touched_;
  std::vector<float> parameters_, gradients_, row_;  // copies from a device that the host does not read
  std::function<void()> ask_;
  std::map<void*, DeviceMemory> kept_;  // by place: what was there before this step
  std::vector<DeviceMemory> spare_;     // for the next step
  StepBlock step_;
  std::function<void()> replay_;
  std::int64_t evaluations_ = 0;
};

}  // namespace deepobs
