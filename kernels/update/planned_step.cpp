#include "kernels/update/planned_step.h"

#include <algorithm>

#include "kernels/passes/plan_for.h"

namespace deepobs {

void PlannedStep::make_plans(std::string_view device, std::string_view precision) {
  plan = plan_for(graph, device, precision);
  part_plans.clear();
  for (const StepPart& part : method.parts) part_plans.push_back(plan_for(*part.graph, device, precision));
  if (method.evaluation) evaluation_plan = plan_for(*method.evaluation, device, precision);
}

std::int64_t PlannedStep::arena_bytes() const {
  std::int64_t most = std::max(plan.arena_bytes, evaluation_plan.arena_bytes);
  for (const Plan& part : part_plans) most = std::max(most, part.arena_bytes);
  return most;
}

}  // namespace deepobs
