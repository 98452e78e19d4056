#include "runner/training/diagnosis.h"

#include <algorithm>
#include <cmath>

#include "kernels/update/step_programs.h"

namespace deepobs {

std::string first_bad_tensor(const TrainingGraphs& graphs, Storage& storage, std::span<const StepBlock> steps,
                             const std::function<void(const StepBlock&)>& before) {
  Arena arena(storage.device(), graphs.arena_bytes());
  StepPrograms programs(graphs.train.graph, graphs.train.plan, graphs.method, graphs.part_plans, storage, arena);
  for (const auto& step : steps.first(steps.size() - 1)) {
    before(step);
    programs.run(step);
  }
  for (const auto& parameter : storage.store().parameters())
    if (!std::ranges::all_of(storage.parameter(parameter), [](float x) { return std::isfinite(x); }))
      return "parameter '" + parameter.name + "'";
  before(steps.back());
  const Node* node = programs.main().find_first_non_finite(steps.back());
  if (node == nullptr) return "objective";
  return node->label.empty() ? std::string(node->op->name) : text(node->op->name, " '", node->label, "'");
}

}  // namespace deepobs
