#include "runner/sweep.h"

#include <algorithm>
#include <set>

#include "engine/check.h"

namespace deepobs {
namespace {

void replace_all(std::string& text, const std::string& mark, const std::string& value) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
    text.replace(at, mark.size(), value);
}

std::string short_name(const std::string& name) {
  return name == "learning_rate" ? "lr" : name == "random_seed" ? "seed" : name;
}

/// The name of a file with the run's values in the place of "{axis}".
std::filesystem::path filled_in(const std::filesystem::path& file, const std::vector<std::string>& names,
                                const std::vector<std::string>& values) {
  std::string out = file.string();
  for (std::size_t i = 0; i < names.size(); ++i)
    for (const auto& name : {names[i], short_name(names[i])}) replace_all(out, "{" + name + "}", values[i]);
  return out;
}

void refuse_shared_file(const Sweep& sweep, const std::vector<Axis>& axes, const std::filesystem::path& asked) {
  if (asked.empty()) return;
  std::set<std::filesystem::path> files;
  for (const auto& run : sweep.runs) files.insert(run.config.save_params);
  if (files.size() == sweep.runs.size()) return;
  std::string marks;
  for (const auto& axis : axes)
    if (axis.choices.size() > 1) marks += "{" + short_name(axis.name) + "}";
  fail(Fault::usage, "save_params: ", sweep.runs.size(), " runs would write ",
       files.size() == 1 ? "all" : "several times", " to ", files.begin()->string(), "; put ", marks,
       " into the name, for example state-", marks, ".safetensors");
}

}  // namespace

std::string Sweep::described(std::size_t run) const {
  std::string out;
  for (std::size_t axis = 0; axis < names.size(); ++axis) {
    const auto& value = runs[run].values[axis];
    const bool same = std::ranges::all_of(runs, [&](const Member& other) { return other.values[axis] == value; });
    if (!same || runs.size() == 1) out += (out.empty() ? "" : ", ") + names[axis] + " " + value;
  }
  return out;
}

Sweep product(const RunConfig& base, const std::vector<Axis>& axes) {
  Sweep sweep{{}, {{base, {}}}};
  for (const auto& axis : axes) {
    std::set<std::string> seen;
    for (const auto& choice : axis.choices)
      require(seen.insert(choice.text).second, Fault::usage, axis.name, " has the value ", choice.text,
              " twice; the two runs would be the same");
    sweep.names.push_back(axis.name);
    std::vector<Sweep::Member> longer;
    for (const auto& run : sweep.runs)
      for (const auto& choice : axis.choices) {
        longer.push_back(run);
        choice.apply(longer.back().config);
        longer.back().values.push_back(choice.text);
      }
    sweep.runs = std::move(longer);
  }
  for (auto& run : sweep.runs) run.config.save_params = filled_in(base.save_params, sweep.names, run.values);
  refuse_shared_file(sweep, axes, base.save_params);
  return sweep;
}

}  // namespace deepobs
