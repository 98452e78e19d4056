#include "runner/training/config/config_file.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
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

SettingValue setting_value(const Setting& setting, const JsonMember& member) {
  return std::visit(
      [&](const auto& value) -> SettingValue {
        using Held = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Held, OtherList>) {
          if (setting.kind == SettingKind::numbers)
            fail(Fault::usage, setting.name, " must be ", setting.wanted, ", and its element ", value.at, " is ",
                 value.type);
          fail(Fault::usage, setting.name, " must be ", setting.wanted, ", not a list");
        } else if constexpr (std::is_same_v<Held, std::vector<JsonMember>>) {
          fail(Fault::usage, setting.name, " must be ", setting.wanted, ", not an object");
        } else {
          return value;
        }
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
  require(fits, Fault::usage, "the hyperparameter '", printable_name(member.name),
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

/// The file that is read. What goes wrong with a member is said with its line.
struct InFile {
  std::string_view source;

  template <class Work>
  void at(const JsonMember& member, Work work) const {
    try {
      work();
    } catch (const Error& error) {
      fail(Fault::data, "'", source, "', line ", member.line, ": ", error.what());
    }
  }

  /// Calls work(member) for each hyperparameter.
  template <class Work>
  void for_each_hyperparameter(const JsonMember& member, Work work) const {
    const auto* given = std::get_if<std::vector<JsonMember>>(&member.value);
    at(member, [&] { require(given != nullptr, Fault::usage, hyperparameters_key, " must be an object"); });
    for (const JsonMember& each : *given) at(each, [&] { work(each); });
  }
};

void apply(RunConfig& config, const JsonMember& member, const InFile& file) {
  if (member.name == hyperparameters_key)
    return file.for_each_hyperparameter(
        member, [&](const JsonMember& each) { config.hyperparameters.push_back(hyperparameter(each)); });
  file.at(member, [&] {
    const Setting& setting = known_setting(member.name);
    const SettingValue value = setting_value(setting, member);
    require(value != SettingValue(std::string()), Fault::usage, setting.name,
            " must not be an empty text; leave it out for its default");
    setting.set(config, value);
    check_range(setting, setting.get(config));
  });
}

/// Errors: a name that is not in the catalogue; a hyperparameter that the optimizer, if one is named, refuses.
void check_known(const RunConfig& config, std::span<const JsonMember> members, const InFile& file,
                 const Catalogue& catalogue) {
  for (const JsonMember& member : members)
    file.at(member, [&] {
      if (member.name == "testproblem") catalogue.problem(config.testproblem);
      if (member.name == "optimizer") catalogue.optimizer(config.optimizer);
    });
  if (config.optimizer.empty()) return;
  const Optimizer& optimizer = catalogue.optimizer(config.optimizer);
  for (const JsonMember& member : members)
    if (member.name == hyperparameters_key)
      file.for_each_hyperparameter(
          member, [&](const JsonMember& each) { checked_hyperparameter(optimizer, hyperparameter(each)); });
}

}  // namespace

RunConfig read_config(const std::filesystem::path& file, const Catalogue* catalogue) {
  return parse_config(read_file(file, most_bytes), file.string(), catalogue);
}

RunConfig parse_config(std::string_view json, std::string_view source, const Catalogue* catalogue) {
  RunConfig config;
  const auto members = json_members(json, source);
  const InFile file{source};
  for (const JsonMember& member : members) apply(config, member, file);
  if (catalogue != nullptr) check_known(config, members, file, *catalogue);
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
    if (words != nullptr)
      json.member(setting.name, *words);  // or not at all: utf8_text() would make another one of it
    else
      write_setting(json, setting, value);
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
