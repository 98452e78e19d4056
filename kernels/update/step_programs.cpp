#include "kernels/update/step_programs.h"

#include <algorithm>
#include <utility>

#include "engine/run/step_counter.h"

namespace deepobs {

StepPrograms::StepPrograms(const PlannedStep& step, Storage& storage)
    : StepPrograms(step, storage, std::make_unique<Arena>(storage.device(), step.arena_bytes()), nullptr) {}

StepPrograms::StepPrograms(const PlannedStep& step, Storage& storage, Arena& arena)
    : StepPrograms(step, storage, nullptr, &arena) {}

StepPrograms::StepPrograms(const PlannedStep& step, Storage& storage, std::unique_ptr<Arena> own, Arena* shared)
    : own_arena_(std::move(own)), drive_(step.method.drive) {
  Arena& arena = shared ? *shared : *own_arena_;
  const auto program = [&](const Graph& graph, const Plan& plan) {
    return std::make_unique<Program>(graph, plan, storage, arena);
  };
  main_ = program(step.graph, step.plan);
  const auto& parts = step.method.parts;
  require(step.part_plans.size() == parts.size(), Fault::usage, "a step of ", parts.size(),
          " further parts has the plans of ", step.part_plans.size(), ": call PlannedStep::make_plans()");
  for (std::size_t p = 0; p < parts.size(); ++p)
    parts_.push_back({program(*parts[p].graph, step.part_plans[p]), parts[p].due});
  if (step.method.evaluation) evaluation_.emplace(*step.method.evaluation, step.evaluation_plan, storage, arena);
  if (drive_) host_ = std::make_unique<HostStep>(*main_, storage, step.method.objective, step.method.evaluations);
}

bool StepPrograms::any_due(const StepBlock& step) const {
  return std::ranges::any_of(parts_, [&](const Part& part) { return part.is_due(step); });
}

void StepPrograms::run_several(const StepBlock& first, std::int64_t count) {
  if (host_) {
    for (std::int64_t i = 0; i < count; ++i) host_->run(StepCounter::later(first, i), drive_);
    return;
  }
  if (parts_.empty()) return main_->run_several(first, count);
  for (std::int64_t done = 0; done < count;) {
    std::int64_t end = done;  // the next step with a part, or the last one
    while (end < count - 1 && !any_due(StepCounter::later(first, end))) ++end;
    main_->run_several(StepCounter::later(first, done), end + 1 - done);
    const StepBlock step = StepCounter::later(first, end);
    for (const Part& part : parts_)
      if (part.is_due(step)) part.program->run(step);
    done = end + 1;
  }
}

void StepPrograms::run_watched(const StepBlock& step, const std::function<void(std::size_t)>& begins,
                               const std::function<void(const Node&)>& behind) {
  const auto watched = [&](std::size_t graph) {
    begins(graph);
    program(graph).run_watched(step, [&](const Node& node) {
      behind(node);
      return true;
    });
  };
  if (host_) return host_->run(step, drive_, [&] { watched(0); });
  watched(0);
  for (std::size_t p = 0; p < parts_.size(); ++p)
    if (parts_[p].is_due(step)) watched(p + 1);
}

void StepPrograms::ask_before_evaluations(std::function<void()> ask) {
  if (host_) host_->ask_before_evaluations(std::move(ask));
}

}  // namespace deepobs
