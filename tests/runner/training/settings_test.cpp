#include "runner/training/config/settings.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "runner/training/config/config_file.h"
#include "runner/training/config/run_identity.h"
#include "runner/training/records/deepobs_json.h"
#include "tests/error_of.h"

// What is derived from the list of settings.

namespace deepobs {
namespace {

bool is_environments(const Setting& setting) { return setting.option.spellings.empty(); }

TEST_CASE("settings: each has one name, a spelling of that name, and a default in its range") {
  std::vector<std::string> names;
  for (const Setting& setting : settings()) {
    INFO(setting.name);
    check_range(setting, setting.get(RunConfig()));
    for (const auto& spelling : spellings_of(setting)) {
      CHECK(std::ranges::find(names, spelling) == names.end());
      names.push_back(spelling);
    }
    if (!is_environments(setting) && setting.name != "testproblem")
      CHECK(names.back() == "--" + std::string(setting.name));
    if (!is_environments(setting)) CHECK_FALSE(setting.option.help.empty());
    CHECK(is_option_name(setting.name));
  }
  for (const char* name : {"lr", "N", "o", "problem", "jobs", "config", "help"}) CHECK(is_option_name(name));
  for (const char* name : {"", "momentum", "-lr", "learning"}) CHECK_FALSE(is_option_name(name));
}

const RunConfig base{.testproblem = "cifar10_3c3d",
                     .batch_size = 128,
                     .num_epochs = 2,
                     .learning_rate = 0.1,
                     .weight_decay = 0.1,
                     .lr_sched_epochs = {{1}},
                     .lr_sched_factors = {{0.5}}};

Run resolved(const RunConfig& config) { return resolve(config, find_optimizer("SGD")); }

/// The base with another value of one setting; the device and its precision stay, which need a GPU.
std::optional<RunConfig> changed(const Setting& setting) {
  static const std::set<std::string_view> not_changed{"testproblem", "optimizer", "device", "precision", "init_from"};
  if (not_changed.contains(setting.name)) return std::nullopt;
  RunConfig config = base;
  if (!setting.choices.empty())
    setting.set(config, std::string(setting.choices.back()));
  else if (setting.kind == SettingKind::flag)
    setting.set(config, !std::get<bool>(setting.get(base)));
  else if (setting.kind == SettingKind::numbers)
    setting.set(config, std::vector<double>{0.25});
  else if (setting.kind == SettingKind::text)
    setting.set(config, std::string("elsewhere"));
  else
    setting.set(config, std::int64_t{3});
  config.resume = config.resume || !config.checkpoint_dir.empty();
  return config;
}

TEST_CASE("settings: what reaches the result marks the folder, but for peers by design") {
  const std::set<std::string_view> peers{"random_seed", "train_log_interval", "conv_algorithm"};
  const auto folder = [](const RunConfig& config) {
    return run_folder(resolved(config).name("2000-01-01-00-00-00"), config.layout);
  };
  for (const Setting& setting : settings()) {
    const auto other = changed(setting);
    if (!other) continue;
    INFO(setting.name);
    CHECK((folder(*other) != folder(base)) == (setting.reach != Reach::nothing && !peers.contains(setting.name)));
  }
}

TEST_CASE("settings: what reaches the result must agree for a resume, and what reaches the graphs for a plan") {
  for (const Setting& setting : settings()) {
    const auto other = changed(setting);
    if (!other) continue;
    INFO(setting.name);
    CHECK((what_makes_the_result(resolved(*other)) != what_makes_the_result(resolved(base))) ==
          (setting.reach != Reach::nothing));
    CHECK(same_computation(*other, base) == (setting.reach != Reach::computation));
  }
}

TEST_CASE("settings: the JSON of a dry run and of a result have those that say so, with the value in force") {
  for (const Setting& setting : settings()) {
    const auto other = changed(setting);
    if (!other) continue;
    INFO(setting.name);
    const Run run = resolved(*other);
    const auto dry = nlohmann::json::parse(configuration_json(run, "", {}));
    const auto result = nlohmann::json::parse(deepobs_json(run, {}));
    CHECK(dry.contains(setting.name) == (setting.in_result != InResult::nowhere));
    if (setting.in_result == InResult::by_us) CHECK(result.at(std::string(setting.name)) == dry[setting.name]);
    if (setting.in_result == InResult::by_deepobs && other->layout == Layout::flat)
      CHECK(result.at(std::string(setting.name)) == dry[setting.name]);
    if (dry.contains(setting.name))
      CHECK(dry[setting.name] != nlohmann::json::parse(configuration_json(resolved(base), "", {}))[setting.name]);
  }
}

TEST_CASE("settings: a list has one spelling, in a dry run's JSON, in a result's and in files of configurations") {
  RunConfig config = base;
  config.lr_sched_epochs = {{1, 2.5}};
  config.lr_sched_factors = {{1, 0.1}};
  const Run run = resolved(config);
  const std::regex spaces("\\s+");
  for (const auto& json : {configuration_json(run, "", {}), deepobs_json(run, {}), config_text(config)}) {
    const std::string line = std::regex_replace(json, spaces, "");
    INFO(line);
    CHECK(line.find("\"lr_sched_epochs\":[1,2.5]") != std::string::npos);
    CHECK(line.find("\"lr_sched_factors\":[1.0,0.1]") != std::string::npos);
  }
}

TEST_CASE("settings: numbers out of range are refused by the list's own words") {
  for (const Setting& setting : settings()) {
    if (!setting.range) continue;
    INFO(setting.name);
    const std::int64_t least = setting.range->least, most = setting.range->most;
    const std::string name(setting.name);
    if (setting.kind == SettingKind::whole) {
      check_error([&] { check_range(setting, least - 1); }, Fault::usage,
                  {name + " must be ", text("not ", least - 1)});
      if (most != SettingRange::unbounded)
        check_error([&] { check_range(setting, most + 1); }, Fault::usage, text(" to ", most, ", not ", most + 1));
      check_range(setting, most);
    } else {
      for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity(), -1e-300})
        check_error([&] { check_range(setting, bad); }, Fault::usage, name + " must be a finite number of at least 0");
    }
    check_range(setting, setting.kind == SettingKind::whole ? SettingValue(least) : SettingValue(0.));
    check_range(setting, SettingValue());
  }
}

}  // namespace
}  // namespace deepobs
