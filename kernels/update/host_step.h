#pragma once

#include <functional>
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

  /// One step.
  ///   replay  runs the program in each evaluation; null: Program::run() does
  void run(const StepBlock& step, const std::function<void(StepDriver&)>& drive,
           const std::function<void(Program&)>& replay = nullptr);

  const StepBlock& step() const override { return step_; }
  double evaluate() override;
  std::int64_t evaluations() const override { return evaluations_; }
  std::vector<float> parameters() const override;
  std::vector<float> gradients() const override;
  void set_parameters(std::span<const float> values) override;
  std::vector<double> numbers(const std::string& state) const override;
  void set_numbers(const std::string& state, std::span<const double> values) override;
  std::vector<float> row(const std::string& state, std::int64_t row) const override;
  void set_row(const std::string& state, std::int64_t row, std::span<const float> values) override;

 private:
  /// A buffer that an evaluation changes beside the gradients, and copies of it on the device.
  struct Touched {
    int buffer;
    std::int64_t bytes;
    DeviceMemory before, after;
  };
  struct Row {
    int buffer;
    std::int64_t first, count;
  };
  Row find_row(const std::string& state, std::int64_t row, std::int64_t count) const;

  Program* program_;
  Storage* storage_;
  int objective_, all_evaluations_;
  std::vector<Touched> touched_;
  StepBlock step_;
  std::function<void(Program&)> replay_;
  std::int64_t evaluations_ = 0;
};

}  // namespace deepobs
