#include "runner/analysis/classic/runtime.h"

#include <map>

#include "engine/base/check.h"

namespace deepobs {
namespace {

bool is_sgd(const std::string& optimizer) { return optimizer == "SGD" || optimizer == "GradientDescentOptimizer"; }

}  // namespace

std::vector<RuntimeOverhead> runtime_overheads(const Analysis& analysis) {
  std::vector<RuntimeOverhead> out;
  for (const auto& problem : analysis.problems) {
    std::map<std::pair<std::string, std::string>, std::vector<double>> times;  // by machine and optimizer
    std::map<std::string, std::vector<double>> of_sgd;                         // by machine
    for (const auto& optimizer : problem.optimizers)
      for (const auto& setting : optimizer.settings)
        for (const auto& run : setting.runs) {
          if (!run.epoch_seconds) continue;
          const std::string machine = text(run.machine, ", batch ", setting.batch);
          times[{machine, optimizer.name}].push_back(*run.epoch_seconds);
          if (is_sgd(optimizer.name)) of_sgd[machine].push_back(*run.epoch_seconds);
        }
    for (const auto& [key, seconds] : times) {
      const auto& [machine, optimizer] = key;
      const Spread own = spread_of(seconds);
      RuntimeOverhead row{problem.name, optimizer, machine, own.n, own.mean, 0, {}, {}};
      if (const auto sgd = of_sgd.find(machine); sgd != of_sgd.end()) {
        const double mean = spread_of(sgd->second).mean;
        row.sgd_runs = static_cast<std::int64_t>(sgd->second.size());
        row.overhead = own.mean / mean;
        row.overhead_std = own.std / mean;
      }
      out.push_back(std::move(row));
    }
  }
  return out;
}

}  // namespace deepobs
