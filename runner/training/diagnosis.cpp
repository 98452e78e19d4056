#include "runner/training/diagnosis.h"

#include <algorithm>
#include <cmath>

#include "engine/run/program.h"

namespace deepobs {

std::string first_bad_tensor(const PlannedGraph& train, Storage& storage, std::span<const StepBlock> steps) {
  Program program(train.graph, train.plan, storage);
  for (const auto& step : steps.first(steps.size() - 1)) program.run(step);
  for (const auto& parameter : storage.store().parameters())
    if (!std::ranges::all_of(storage.parameter(parameter), [](float x) { return std::isfinite(x); }))
      return "parameter '" + parameter.name + "'";
  const Node* node = program.find_first_non_finite(steps.back());
  if (node == nullptr) return "objective";
  return node->label.empty() ? std::string(node->op->name) : text(node->op->name, " '", node->label, "'");
}

}  // namespace deepobs
