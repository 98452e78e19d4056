#include "kernels/update/step_programs.h"

#include <algorithm>

#include "engine/run/step_counter.h"

namespace deepobs {

StepPrograms::StepPrograms(const Graph& graph, const Plan& plan, std::span<const PlannedPart> parts, Storage& storage,
                           Arena& arena)
    : main_(std::make_unique<Program>(graph, plan, storage, arena)) {
  for (const PlannedPart& part : parts)
    parts_.push_back({std::make_unique<Program>(*part.graph, *part.plan, storage, arena), part.due});
}

bool StepPrograms::any_due(const StepBlock& step) const {
  return std::ranges::any_of(parts_, [&](const Part& part) { return part.is_due(step); });
}

void StepPrograms::run_several(const StepBlock& first, std::int64_t count) {
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

void StepPrograms::run_watched(const StepBlock& step, const std::function<bool(const Node&)>& keep_going) {
  bool going = true;
  const auto watched = [&](const Node& node) { return going = keep_going(node); };
  main_->run_watched(step, watched);
  for (const Part& part : parts_)
    if (going && part.is_due(step)) part.program->run_watched(step, watched);
}

const Node* StepPrograms::find_first_non_finite(const StepBlock& step) {
  const Node* found = main_->find_first_non_finite(step);
  for (const Part& part : parts_)
    if (found == nullptr && part.is_due(step)) found = part.program->find_first_non_finite(step);
  return found;
}

}  // namespace deepobs
