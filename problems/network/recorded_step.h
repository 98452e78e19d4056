#pragma once

#include <optional>
#include <vector>

#include "engine/memory/arena.h"
#include "engine/memory/storage.h"
#include "kernels/update/method_graphs.h"
#include "kernels/update/step_programs.h"

namespace deepobs {

/// A graph and what an optimizer's method has beside it, where there is one: planned, and bound to the memory of a run.
struct RecordedStep {
  explicit RecordedStep(Store& store) : graph(store) {}
  RecordedStep(const RecordedStep&) = delete;
  RecordedStep& operator=(const RecordedStep&) = delete;

  /// Plans all graphs, which are complete.
  void make_plans(const DeviceInfo& device);

  /// Binds them to the memory of a run, once; everything that they declared must have memory there.
  void bind(Storage& storage);

  Graph graph;
  MethodGraphs method;
  Plan plan;
  std::vector<Plan> part_plans;  ///< of method.parts
  Plan evaluation_plan;          ///< of method.evaluation
  std::optional<Arena> arena;
  std::optional<StepPrograms> programs;
  std::optional<Program> evaluation;  ///< makes the parameters that evaluations see
};

}  // namespace deepobs
