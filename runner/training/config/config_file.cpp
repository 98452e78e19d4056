#include "runner/training/config/config_file.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <type_traits>

#include "engine/base/check.h"
#include "engine/base/nearest_name.h"
#include "engine/base/printable.h"
#include "runner/results/files/file.h"
#include "runner/results/json/json_members.h"
#include "runner/results/json/json_writer.h"
#include "runner/training/config/settings.h"

namespace deepobs {
namespace {

constexpr std::uint64_t most_bytes = 1 << 20;  // a schedule may have an entry for every epoch
constexpr std::string_view hyperparameters_key = "hyperparameters";

bool is_in_files(const Setting& setting) { return !setting.option.spellings.empty(); }

const Setting& known_setting(const std::string& name) {
  std::vector<std::string> known{std::string(hyperparameters_key)};
  for (const Setting& setting : settings()) {
    if (!is_in_files(setting)) continue;
    if (setting.name == name) return setting;
    known.emplace_back(setting.name);
  }
  fail(Fault::usage, unknown_name_text("setting", name, known));
}

SettingValue setting_value(const JsonMember& member) {
  return std::visit(
      [&](const auto& value) -> SettingValue {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::vector<JsonMember>>)
          fail(Fault::usage, member.name, " must not be an object");
        else
          return value;
      },
      member.value);
}

NamedValue hyperparameter(const JsonMember& member) {
  NamedValue made{member.name, false};
  const bool fits = std::visit(
      [&](const auto& held) {
        if constexpr (std::is_constructible_v<HyperValue, decltype(held)>) {
          made.value = held;
          return true;
        } else {
          return false;
        }
      },
      member.value);
  require(fits, Fault::usage, "the hyperparameter '", printable(member.name),
          "' must be a number, true or false, a word, or a list of numbers");
  return made;
}

/// Whether JSON has all numbers of a value.
template <class Value>
bool is_finite(const Value& value) {
  const auto* number = std::get_if<double>(&value);
  const auto* numbers = std::get_if<std::vector<double>>(&value);
  return (!number || std::isfinite(*number)) &&
         (!numbers || std::ranges::all_of(*numbers, [](double each) { return std::isfinite(each); }));
}

void apply(RunConfig& config, const JsonMember& member) {
  if (member.name == hyperparameters_key) {
    const auto* given = std::get_if<std::vector<JsonMember>>(&member.value);
    require(given != nullptr, Fault::usage, hyperparameters_key, " must be an object");
    for (const JsonMember& each : *given) config.hyperparameters.push_back(hyperparameter(each));
    return;
  }
  const Setting& setting = known_setting(member.name);
  const SettingValue value = setting_value(member);
  require(value != SettingValue(std::string()), Fault::usage, setting.name,
          " must not be an empty text; leave it out for its default");
  setting.set(config, value);
  check_range(setting, setting.get(config));
}

}  // namespace

RunConfig read_config(const std::filesystem::path& file) {
  return parse_config(read_file(file, most_bytes), file.string());
}

RunConfig parse_config(std::string_view json, std::string_view source) {
  RunConfig config;
  for (const JsonMember& member : json_members(json, source)) try {
      apply(config, member);
    } catch (const Error& error) {
      fail(Fault::data, "'", source, "': ", error.what());
    }
  return config;
}

std::string config_text(const RunConfig& config) {
  JsonWriter json(2);
  json.begin_object();
  RunConfig read;
  for (const Setting& setting : settings()) {
    const SettingValue value = setting.get(config);
    const auto* words = std::get_if<std::string>(&value);
    if (!is_in_files(setting) || value == SettingValue() || (words != nullptr && words->empty())) continue;
    setting.set(read, value);  // refuses what a file cannot say
    check_range(setting, value);
    require(is_finite(value), Fault::usage, setting.name, " must be finite, not ", to_string(value));
    json.key(setting.name);
    if (words != nullptr)
      json.value(*words);
    else
      write_value(json, value);
  }
  json.key(hyperparameters_key).begin_object();
  std::set<std::string> given;
  for (const auto& [name, value] : config.hyperparameters) {
    require(given.insert(name).second, Fault::usage, "the hyperparameter '", name, "' is given twice");
    require(is_finite(value), Fault::usage, name, " must be finite, not ", to_string(value));
    json.key(name);
    write_value(json, value);
  }
  json.end_object().end_object();
  return json.finish() + "\n";
}

void write_config(const std::filesystem::path& file, const RunConfig& config) {
  const std::string text = config_text(config);
  const std::string_view piece = text;
  replace_file(file, {&piece, 1});
}

}  // namespace deepobs
