#include "engine/base/check.h"
#include "engine/base/nearest_name.h"
#include "engine/base/printable.h"
#include "runner/cli/commands/commands.h"
#include "runner/cli/commands/info_pages.h"

namespace deepobs {
namespace {

[[noreturn]] void refuse_unknown(const std::string& name, const Catalogue& catalogue) {
  std::vector<std::string> known;
  const auto add = [&](const auto& all) {
    for (const auto* each : all) known.push_back(each->name);
  };
  add(catalogue.problems());
  add(catalogue.optimizers());
  add(catalogue.data_sets());
  const std::string near = nearest(name, known);
  fail(Fault::usage, "there is no problem, optimizer or data set '", printable_name(name), "'",
       near.empty() ? "" : ": did you mean " + near + "?", "\nSee: deepobs list");
}

}  // namespace

void info_command(const std::string& name, bool json, const Catalogue& catalogue, std::ostream& out) {
  if (const Problem* problem = find_among(catalogue.problems(), name))
    return describe_problem(*problem, catalogue.data_set(problem->dataset), json, out);
  if (const Optimizer* optimizer = find_among(catalogue.optimizers(), name))
    return describe_optimizer(*optimizer, json, out);
  if (const DatasetInfo* info = find_among(catalogue.data_sets(), name))
    return describe_data_set(*info, catalogue.problems(), json, out);
  refuse_unknown(name, catalogue);
}

}  // namespace deepobs
