#include "runner/cli/options/sweep.h"

#include <algorithm>
#include <set>

#include "engine/base/check.h"
#include "engine/base/nearest_name.h"

namespace deepobs {
namespace {

/// Before anything is made of them: a few lists of a thousand values would fill every memory.
void refuse_too_many(const std::vector<Axis>& axes) {
  std::size_t runs = 1;
  bool countable = true;
  std::string factors;
  for (const auto& axis : axes) {
    if (__builtin_mul_overflow(runs, axis.choices.size(), &runs)) countable = false;
    if (axis.choices.size() > 1) factors += text(factors.empty() ? "" : " x ", axis.choices.size(), ' ', axis.name);
  }
  require(countable && runs <= most_runs, Fault::usage, factors, " make ",
          countable ? std::to_string(runs) : "more than 2^64", " runs; at most ", most_runs,
          " are possible: give fewer values, or make several sweeps");
}

std::string short_name(const std::string& name) {
  return name == "learning_rate" ? "lr" : name == "random_seed" ? "seed" : name;
}

/// The name of a file with the run's values in the place of "{axis}".
std::filesystem::path filled_in(const std::filesystem::path& file, const std::vector<std::string>& names,
                                const std::vector<std::string>& values) {
  const std::string name = file.string();
  std::string out;
  for (std::size_t at = 0;;) {
    const auto open = name.find('{', at), close = name.find('}', open);
    out += name.substr(at, close == std::string::npos ? close : open - at);
    if (close == std::string::npos) return out;
    const std::string mark = name.substr(open, close + 1 - open);
    std::vector<std::string> known;
    const std::string* value = nullptr;
    for (std::size_t i = 0; i < names.size(); ++i)
      for (const auto& axis : std::set{short_name(names[i]), names[i]}) {
        known.push_back("{" + axis + "}");
        if (known.back() == mark) value = &values[i];
      }
    if (value == nullptr) fail(Fault::usage, "save_params: ", unknown_name_text("placeholder", mark, known));
    out += *value;
    at = close + 1;
  }
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
  for (std::size_t axis = 0; axis < names.size(); ++axis)
    if (differs[axis] || runs.size() == 1)
      out += (out.empty() ? "" : ", ") + names[axis] + " " + runs[run].values[axis];
  return out;
}

Sweep product(const RunConfig& base, const std::vector<Axis>& axes) {
  refuse_too_many(axes);
  Sweep sweep{{}, {}, {{base, {}}}};
  for (const auto& axis : axes) {
    std::set<std::string> seen;
    for (const auto& choice : axis.choices)
      require(seen.insert(choice.text).second, Fault::usage, axis.name, " has the value ", choice.text,
              " twice; the two runs would be the same");
    sweep.names.push_back(axis.name);
    sweep.differs.push_back(axis.choices.size() > 1);
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
