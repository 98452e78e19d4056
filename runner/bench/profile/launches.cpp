#include "runner/bench/profile/launches.h"

#include <algorithm>

#include "engine/base/check.h"
#include "runner/results/text/counted.h"

namespace deepobs {

std::vector<LaunchRow> bench_launches(std::span<const BenchCase> cases, BenchData& data) {
  std::vector<LaunchRow> rows;
  for (const auto& one : cases) {
    LiveRun run(one, data.of(*one.run.data_set));
    const auto step = run.steps().program(0).captured_step();
    require(step.has_value(), Fault::usage, "a step is made of launches on a GPU only: --launches --device cuda");
    const auto& nodes = run.graphs().train.graph.nodes();
    rows.push_back({.of = one,
                    .ops = std::ranges::count_if(nodes, [](const Node& node) { return !node.op->is_alias(); }),
                    .step = *step,
                    .device = run.device_info()});
  }
  return rows;
}

std::string launch_words(const CapturedStep& step) {
  return text(step.launches, " launches a step, ", step.in_a_row, " of them in a row; ", counted(step.edges, "edge"),
              ", ", step.early_edges, " of them early");
}

}  // namespace deepobs
