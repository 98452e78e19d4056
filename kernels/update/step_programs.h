#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/run/program.h"

namespace deepobs {

/// A further graph of a step with its plan.
struct PlannedPart {
  const Graph* graph;
  const Plan* plan;
  std::function<bool(std::int64_t t)> due;  ///< whether it runs in step t = 1, 2, ...; null: in every step
};

/// The programs of a step: one where the step is one graph, else one for each part, which run one after the other in the
/// steps in which they are due.
class StepPrograms {
 public:
  /// All of them in one arena, which must be as long as each plan asks for.
  StepPrograms(const Graph& graph, const Plan& plan, std::span<const PlannedPart> parts, Storage& storage,
               Arena& arena);

  /// `count` steps, as Program::run_several(). As many at a time as there are before a part is due.
  void run_several(const StepBlock& first, std::int64_t count);
  void run(const StepBlock& step) { run_several(step, 1); }

  /// That of the graph with the gradients.
  Program& main() { return *main_; }

  /// Replays the step node by node, as Program::run_watched() does, through all parts that are due.
  void run_watched(const StepBlock& step, const std::function<bool(const Node&)>& keep_going);

  /// As Program::find_first_non_finite(), in all parts that are due.
  const Node* find_first_non_finite(const StepBlock& step);

 private:
  struct Part {
    std::unique_ptr<Program> program;
    std::function<bool(std::int64_t)> due;
    bool is_due(const StepBlock& step) const { return due == nullptr || due(step.step + 1); }
  };
  bool any_due(const StepBlock& step) const;

  std::unique_ptr<Program> main_;
  std::vector<Part> parts_;
};

}  // namespace deepobs
