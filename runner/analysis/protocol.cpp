#include "runner/analysis/protocol.h"

#include <map>
#include <set>
#include <string>

#include "engine/base/check.h"

namespace deepobs {
namespace {

/// Which optimizers have each of the values.
using Values = std::map<std::string, std::set<std::string>>;

void compare(const std::string& problem, const std::string& what, const Values& values, FindingKind kind,
             std::vector<Finding>& findings) {
  if (values.size() < 2) return;
  constexpr std::size_t most = 5;
  std::string told;
  std::size_t count = 0;
  for (const auto& [value, optimizers] : values) {
    if (++count > most) continue;
    std::string who;
    for (const auto& optimizer : optimizers) who += (who.empty() ? "" : ", ") + optimizer;
    told += (told.empty() ? "" : "; ") + value + " (" + who + ")";
  }
  if (count > most) told += text(" and ", count - most, " more");
  findings.push_back({kind, problem + ": runs differ in " + what + ": " + told});
}

}  // namespace

std::vector<Finding> protocol_findings(const ProblemAnalysis& problem) {
  Values epochs, batches, decays, devices, precisions, versions, choices;
  for (const auto& optimizer : problem.optimizers) {
    choices[std::string(name_of(optimizer.chosen_by))].insert(optimizer.name);
    for (const auto& setting : optimizer.settings) {
      epochs[std::to_string(setting.epochs)].insert(optimizer.name);
      batches[std::to_string(setting.batch)].insert(optimizer.name);
      if (!setting.weight_decay.empty()) decays[setting.weight_decay].insert(optimizer.name);
      for (const auto& each : setting.devices) devices[each].insert(optimizer.name);
      for (const auto& each : setting.precisions) precisions[each].insert(optimizer.name);
      for (const auto& each : setting.versions) versions[each].insert(optimizer.name);
    }
  }
  std::vector<Finding> out;
  const auto mixed = FindingKind::mixed_protocol;
  compare(problem.name, "epochs", epochs, mixed, out);
  compare(problem.name, "batch size", batches, mixed, out);
  compare(problem.name, "the regulariser's factor", decays, mixed, out);
  compare(problem.name, "device", devices, mixed, out);
  compare(problem.name, "precision", precisions, mixed, out);
  compare(problem.name, "version", versions, mixed, out);
  compare(problem.name, "the metric that settings are chosen by", choices, FindingKind::mixed_choice, out);
  return out;
}

}  // namespace deepobs
