#include "runner/training/diagnosis.h"

#include <algorithm>
#include <cmath>

#include "kernels/update/step_programs.h"

namespace deepobs {

std::string first_bad_tensor(const TrainingGraphs& graphs, Storage& storage, std::span<const StepBlock> steps,
                             const std::function<void(const StepBlock&)>& before) {
  StepPrograms programs(graphs.train, storage);
  for (const auto& step : steps.first(steps.size() - 1)) {
    before(step);
    programs.run(step);
  }
  for (const auto& parameter : storage.store().parameters())
    if (!std::ranges::all_of(storage.parameter(parameter), [](float x) { return std::isfinite(x); }))
      return "parameter '" + parameter.name + "'";
  before(steps.back());
  const Node* node = programs.program(0).find_first_non_finite(steps.back());
  if (node == nullptr) return "objective";
  return node->label.empty() ? std::string(node->op->name) : text(node->op->name, " '", node->label, "'");
}

}  // namespace deepobs
