#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "kernels/update/optimizer.h"

namespace deepobs {

/// A further graph of a step: behind the one with the gradients, and behind those before it.
struct StepPart {
  std::unique_ptr<Graph> graph;
  std::function<bool(std::int64_t t)> due;  ///< whether it runs in step t = 1, 2, ...; null: in every step
};

/// The parts of a method beside the graph that the gradients are recorded in.
struct MethodGraphs {
  std::vector<StepPart> parts;

  /// Makes the parameters that evaluations see; null: they see those that are trained. It is replayed with the number
  /// of steps that were done as StepBlock::step.
  std::unique_ptr<Graph> evaluation;

  std::int64_t gradients_a_step = 1;       ///< evaluations of the objective and its gradients, where no host decides
  std::function<void(StepDriver&)> drive;  ///< Method::drive
  int objective = -1;                      ///< of a method with drive: the buffer [1] of the objective
  int evaluations = -1;                    ///< of such a method: the buffer [1] of their number so far, float64
  bool depends_on_total_steps = false;     ///< the method has asked for MethodSite::total_steps
  int evaluated = Store::parameters_id;    ///< the buffer of the parameters that evaluations see
};

/// The model as a method may need it, beside its gradients.
struct MethodSite {
  GradientUse gradients = GradientUse::keep;  ///< of a rule of flat_update() alone; a method keeps them
  std::optional<Value> objective = {};
  std::optional<std::int64_t> total_steps = {};  ///< more will never be run; nothing: nobody knows

  /// Records the model over the same mini-batch again, and returns the objective.
  std::function<Value()> record_again = {};
};

/// Records a step of any method behind the gradients.
///   errors  those of record_update(), but for the last; those of UpdateScope
MethodGraphs record_method(Graph& graph, const Optimizer& optimizer, const Hyperparameters& hyperparameters,
                           const MethodSite& site = {}, Place at = Place::current());

}  // namespace deepobs
