#include "problems/network/recorded_step.h"

#include <algorithm>

#include "engine/tensor/precision.h"
#include "kernels/passes/drop_unread.h"
#include "kernels/passes/for_gpu.h"

namespace deepobs {

void RecordedStep::make_plans(const DeviceInfo& device) {
  const auto plan_of = [&](Graph& complete) {
    if (device.kind == "cpu")
      drop_unread(complete);
    else
      record_for_gpu(complete, precision_of(device.precision));
    return make_plan(complete);
  };
  plan = plan_of(graph);
  for (const StepPart& part : method.parts) part_plans.push_back(plan_of(*part.graph));
  if (method.evaluation) evaluation_plan = plan_of(*method.evaluation);
}

void RecordedStep::bind(Storage& storage) {
  std::int64_t bytes = std::max(plan.arena_bytes, evaluation_plan.arena_bytes);
  for (const Plan& part : part_plans) bytes = std::max(bytes, part.arena_bytes);
  arena.emplace(storage.device(), bytes);
  programs.emplace(graph, plan, method, part_plans, storage, *arena);
  if (method.evaluation) evaluation.emplace(*method.evaluation, evaluation_plan, storage, *arena);
}

}  // namespace deepobs
