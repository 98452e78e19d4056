#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runner/training/config/run_config.h"
#include "runner/training/config/setting_value.h"

namespace deepobs {

/// The type of a setting's value.
enum class SettingKind : std::uint8_t { flag, whole, number, numbers, text };

/// How far a setting reaches.
enum class Reach : std::uint8_t {
  computation,  ///< the graphs that a run records and plans, and so its result
  result,       ///< its result alone
  nothing,      ///< neither: where, when and how loudly it runs
};

/// Where the JSON of a result has a setting, by its name.
enum class InResult : std::uint8_t {
  nowhere,
  by_deepobs,  ///< among DeepOBS's keys, in DeepOBS's order (runner/training/records/deepobs_json.cpp)
  by_us,       ///< behind them, in the order of the list
  of_device,   ///< there the device says what it was; a dry run says what was asked for
};

/// Under which heading the help has an option.
enum class OptionGroup : std::uint8_t { needed, training, output, machine };

/// How the command line takes a setting.
struct SettingOption {
  std::string_view spellings = {};  ///< "--lr,--learning_rate", the long one last; "problem" stands for itself. Empty:
                                    ///< the setting is the environment's, and neither options nor files have it
  std::string_view help = {};
  OptionGroup group = OptionGroup::training;
  bool sweeps = false;               ///< several values make as many runs
  std::string_view bench_help = {};  ///< of `deepobs bench`; empty: it does not take the setting
};

/// How JSON has the numbers of a list.
enum class ListNumbers : std::uint8_t {
  floats,
  counts,  ///< integers in DeepOBS, unless somebody gave a fraction
};

/// From where to where a number may lie. Infinities and NaN lie nowhere.
struct SettingRange {
  static constexpr std::int64_t unbounded = std::numeric_limits<std::int64_t>::max();
  std::int64_t least = 0, most = unbounded;
  std::string_view meaning_of_zero = {};  ///< "every core"
};

/// One entry of the one list of settings. Everything that knows settings is derived from it: the options of `deepobs
/// run` and `bench` and their help, files of configurations, what a dry run prints, the configuration in a result's
/// JSON, the marks in names of folders, which runs share a plan, and what a run that is resumed must agree in. The
/// optimizer's own hyperparameters are not in it: they come from the optimizer.
struct Setting {
  std::string_view name;  ///< "batch_size", as the option, the JSON and files of configurations have it
  Reach reach = Reach::nothing;
  InResult in_result = InResult::nowhere;
  std::optional<SettingRange> range = {};
  ListNumbers list = ListNumbers::floats;
  SettingOption option = {};

  /// Its mark in the folder's name: none, its value where that is not the default, or the text that `mark` makes of a
  /// run ("": none).
  bool marks_folder = false;
  std::function<std::string(const Run&)> mark = {};

  /// The value that a checked run uses, where that is more than its configuration has; empty: the configuration's.
  std::function<SettingValue(const Run&)> resolved = {};

  /// The note of a dry run behind the value: "no regulariser", or "" for none. Empty: never one.
  std::function<std::string(const Run&)> note = {};

  // The rest is derived from the member of RunConfig.

  SettingKind kind = SettingKind::text;
  std::string wanted = {};                     ///< "a whole number", "flat, tf or 1.2"
  std::vector<std::string_view> choices = {};  ///< of a text that is one of a few
  std::function<SettingValue(const RunConfig&)> get = {};

  /// Errors: usage, for a value of another type or a choice that there is not, with what was wanted.
  std::function<void(RunConfig&, const SettingValue&)> set = {};
};

/// All settings of a RunConfig but `stop`, in the order of the help.
std::span<const Setting> settings();

/// Errors: internal, for a name that there is not.
const Setting& setting(std::string_view name);

/// The spellings of an option: {"--lr", "--learning_rate"}.
std::vector<std::string> spellings_of(const Setting& setting);

/// The long spelling without hyphens, which is the setting's name but for "problem".
std::string option_name(const Setting& setting);

/// Whether an option of `deepobs run` has this name, in any spelling: a hyperparameter, whose name becomes an option,
/// too, cannot have it.
bool is_option_name(std::string_view name);

/// Errors: usage, "batch_size must be at least 1, not 0", and `hint` behind it. A value that is left to its default is
/// in every range.
void check_range(const Setting& setting, const SettingValue& value, std::string_view hint = "");

/// Writes the setting's name and a value of it.
void write_setting(JsonWriter& json, const Setting& setting, const SettingValue& value);

/// The value that a run uses.
SettingValue value_in(const Run& run, const Setting& setting);

/// Gives the optimizer's hyperparameter its value, in the place of one that it may have.
void set_hyperparameter(RunConfig& config, const NamedValue& value);

}  // namespace deepobs
