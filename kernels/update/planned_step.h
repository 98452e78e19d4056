#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/memory/plan.h"
#include "kernels/update/method_graphs.h"

namespace deepobs {

/// The graph of a step and what an optimizer's method has beside it, planned. It holds no memory of a run: StepPrograms
/// binds it to that, and several runs can share it at the same time.
///
///   PlannedStep step(store);
///   ...                                                          // the loss and its gradients in step.graph
///   step.method = record_method(step.graph, optimizer, hyperparameters);
///   step.make_plans(device.info().kind, device.info().precision);
///   StepPrograms programs(step, storage);
///   programs.run({.step = 0, .learning_rate = 0.1});
struct PlannedStep {
  explicit PlannedStep(Store& store) : graph(store) {}
  PlannedStep(const PlannedStep&) = delete;
  PlannedStep& operator=(const PlannedStep&) = delete;

  /// Plans all graphs, which are complete, by plan_for() of kernels/passes/plan_for.h. Errors: those of plan_for().
  void make_plans(std::string_view device, std::string_view precision);

  /// The longest arena that one of the plans asks for: the programs of a step never run at the same time.
  std::int64_t arena_bytes() const;

  Graph graph;  ///< has the gradients; one replay is a step, or the first part of it
  Plan plan;
  MethodGraphs method;           ///< what record_method() gave for the graph; of a graph without an optimizer empty
  std::vector<Plan> part_plans;  ///< of method.parts
  Plan evaluation_plan;          ///< of method.evaluation
};

}  // namespace deepobs
