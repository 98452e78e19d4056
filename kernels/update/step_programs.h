#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/run/program.h"
#include "kernels/update/host_step.h"
#include "kernels/update/method_graphs.h"

namespace deepobs {

/// The programs of a step: one where the step is one graph, else one for each part, which run one after the other in
/// the steps in which they are due; or the host's loop around the one with the gradients.
class StepPrograms {
 public:
  /// All of them in one arena, which must be as long as each plan asks for.
  ///   method  what record_method() gave for the graph
  ///   plans   of its parts
  StepPrograms(const Graph& graph, const Plan& plan, const MethodGraphs& method, std::span<const Plan> plans,
               Storage& storage, Arena& arena);

  /// `count` steps, as Program::run_several(). As many at a time as there are before a part is due.
  void run_several(const StepBlock& first, std::int64_t count);
  void run(const StepBlock& step) { run_several(step, 1); }

  /// Where a host drives the steps: has `ask` called before each of their evaluations. What it throws leaves the step,
  /// and all that is state is as it was before that step; of several steps those before it are done. Nothing elsewhere:
  /// such a step is not left in between.
  void ask_before_evaluations(std::function<void()> ask);

  /// The program of the graph with the gradients.
  Program& main() { return *main_; }

  /// Runs the parts of a step behind that program.
  void run_parts(const StepBlock& step);

 private:
  struct Part {
    std::unique_ptr<Program> program;
    std::function<bool(std::int64_t)> due;
    bool is_due(const StepBlock& step) const { return due == nullptr || due(step.step + 1); }
  };
  bool any_due(const StepBlock& step) const;

  std::unique_ptr<Program> main_;
  std::vector<Part> parts_;
  std::function<void(StepDriver&)> drive_;
  std::unique_ptr<HostStep> host_;  // null: no host drives the steps
};

}  // namespace deepobs
