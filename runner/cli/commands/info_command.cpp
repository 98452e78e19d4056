#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/nearest_name.h"
#include "engine/base/printable.h"
#include "runner/cli/commands/commands.h"
#include "runner/cli/commands/info_pages.h"

namespace deepobs {
namespace {

template <class All>
auto find(const All& all, const std::string& name) {
  const auto at = std::ranges::find_if(all, [&](const auto& each) { return each.name == name; });
  return at == all.end() ? nullptr : &*at;
}

[[noreturn]] void refuse_unknown(const std::string& name, std::span<const Optimizer> own) {
  std::vector<std::string> known;
  const auto add = [&](const auto& all) {
    for (const auto& each : all) known.push_back(each.name);
  };
  add(problems());
  add(own);
  add(optimizers());
  add(data_sets());
  const std::string near = nearest(name, known);
  fail(Fault::usage, "there is no problem, optimizer or data set '", printable_name(name), "'",
       near.empty() ? "" : ": did you mean " + near + "?", "\nSee: deepobs list");
}

}  // namespace

void info_command(const std::string& name, bool json, std::span<const Optimizer> own, std::ostream& out) {
  if (const Problem* problem = find(problems(), name)) return describe_problem(*problem, json, out);
  if (const Optimizer* mine = find(own, name)) return describe_optimizer(*mine, json, out);
  if (const Optimizer* optimizer = find(optimizers(), name)) return describe_optimizer(*optimizer, json, out);
  if (const DatasetInfo* info = find(data_sets(), name)) return describe_data_set(*info, json, out);
  refuse_unknown(name, own);
}

}  // namespace deepobs
