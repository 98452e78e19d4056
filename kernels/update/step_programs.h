#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/run/program.h"
#include "kernels/update/host_step.h"
#include "kernels/update/planned_step.h"

namespace deepobs {

/// The programs of a step: one where the step is one graph, else one for each part, which run one after the other in
/// the steps in which they are due; or the host's loop around the one with the gradients. And the one that makes the
/// parameters that evaluations see.
///
/// Step and storage must outlive it. Everything that the graphs declared must have memory in the storage.
class StepPrograms {
 public:
  /// In an arena of its own.
  StepPrograms(const PlannedStep& step, Storage& storage);

  /// In an arena that others use too, which must outlive it. Errors: usage, one that is shorter than step.arena_bytes().
  StepPrograms(const PlannedStep& step, Storage& storage, Arena& arena);

  /// `count` steps, as Program::run_several(). As many at a time as there are before a part is due.
  void run_several(const StepBlock& first, std::int64_t count);
  void run(const StepBlock& step) { run_several(step, 1); }

  /// One step, node by node, as Program::run_watched(): `begins` is told before each replay which graph it is of, 0 for
  /// the one with the gradients, p + 1 for MethodGraphs::parts[p], and `behind` of each node. A loop on the host runs
  /// graph 0 as often as it likes.
  void run_watched(const StepBlock& step, const std::function<void(std::size_t graph)>& begins,
                   const std::function<void(const Node&)>& behind);

  /// Where a host drives the steps: has `ask` called before each of their evaluations. What it throws leaves the step,
  /// and all that is state is as it was before that step; of several steps those before it are done. Without a host's
  /// loop it does nothing.
  void ask_before_evaluations(std::function<void()> ask);

  /// Makes the parameters that evaluations see, of a method that has others than are trained; else it does nothing.
  ///   step  StepBlock::step is the number of steps that were done
  void renew_evaluated(const StepBlock& step) {
    if (evaluation_) evaluation_->run(step);
  }

  /// The program of graph 0, p + 1 as run_watched() counts them.
  Program& program(std::size_t graph) { return graph == 0 ? *main_ : *parts_.at(graph - 1).program; }

 private:
  struct Part {
    std::unique_ptr<Program> program;
    std::function<bool(std::int64_t)> due;
    bool is_due(const StepBlock& step) const { return due == nullptr || due(step.step + 1); }
  };
  StepPrograms(const PlannedStep& step, Storage& storage, std::unique_ptr<Arena> own, Arena* shared);
  bool any_due(const StepBlock& step) const;

  std::unique_ptr<Arena> own_arena_;  // null where others share it
  std::unique_ptr<Program> main_;
  std::vector<Part> parts_;
  std::optional<Program> evaluation_;
  std::function<void(StepDriver&)> drive_;
  std::unique_ptr<HostStep> host_;  // null: no host drives the steps
};

}  // namespace deepobs
