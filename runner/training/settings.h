#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runner/training/run_config.h"

namespace deepobs {

/// The value of a setting; std::monostate where it is left to its default. A choice ("shuffled") and a path are texts.
using SettingValue = std::variant<std::monostate, bool, std::int64_t, double, std::vector<double>, std::string>;

/// What a setting reaches.
enum class Reach : std::uint8_t {
  computation,  ///< the graphs that a run records and plans, and so its result
  result,       ///< its result alone
  nothing,      ///< neither: where, when and how loudly it runs
};

/// One entry of the one list of settings. Which runs share a plan, what a run that is resumed must agree in, and what a
/// configuration looks like in a file are derived from it. The optimizer's own hyperparameters are not in it: they come
/// from the optimizer.
struct Setting {
  std::string_view name;  ///< "batch_size", as the option, the JSON and files of configurations have it
  Reach reach;

  std::function<SettingValue(const RunConfig&)> get;

  /// Errors: usage, for a value of another type or a choice that there is not, with what was wanted.
  std::function<void(RunConfig&, const SettingValue&)> set;
};

/// Errors: internal, for a name that there is not.
const Setting& setting(std::string_view name);

/// The names that options of `deepobs run` have beside those of settings: other spellings, and what concerns the command
/// alone. A hyperparameter, whose name becomes an option, too, can have neither.
std::span<const std::string_view> other_option_names();

/// All settings of a RunConfig but `stop`, in the order of its members.
std::span<const Setting> settings();

/// "128", "0.1", "[50, 100]", "shuffled", "none": for messages, and to compare.
std::string to_string(const SettingValue& value);

/// Whether runs of two configurations of one problem and optimizer, on the same data, record the same graphs.
bool same_computation(const RunConfig& a, const RunConfig& b);

/// All that the result depends on, as texts by name: settings with their defaults resolved, the optimizer with its
/// version and hyperparameters ("hyperparameters.momentum"). Runs with equal ones have equal results but for times.
std::map<std::string, std::string> what_makes_the_result(const Run& run);

}  // namespace deepobs
