#include "kernels/update/step_programs.h"

#include <algorithm>
#include <utility>

#include "engine/run/step_counter.h"

namespace deepobs {

StepPrograms::StepPrograms(const Graph& graph, const Plan& plan, const MethodGraphs& method,
                           std::span<const Plan> plans, Storage& storage, Arena& arena)
    : main_(std::make_unique<Program>(graph, plan, storage, arena)), drive_(method.drive) {
  require(plans.size() == method.parts.size(), Fault::usage, "a step of ", method.parts.size(),
          " further parts gets the plans of ", plans.size());
  for (std::size_t p = 0; p < plans.size(); ++p)
    parts_.push_back(
        {std::make_unique<Program>(*method.parts[p].graph, plans[p], storage, arena), method.parts[p].due});
  if (drive_) host_ = std::make_unique<HostStep>(*main_, storage, method.objective, method.evaluations);
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
    run_parts(StepCounter::later(first, end));
    done = end + 1;
  }
}

void StepPrograms::ask_before_evaluations(std::function<void()> ask) {
  if (host_) host_->ask_before_evaluations(std::move(ask));
}

void StepPrograms::run_parts(const StepBlock& step) {
  for (const Part& part : parts_)
    if (part.is_due(step)) part.program->run(step);
}

}  // namespace deepobs
