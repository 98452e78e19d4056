#include "runner/training/config/config_file.h"

#include <doctest/doctest.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "runner/training/config/settings.h"
#include "tests/error_of.h"
#include "tests/runner/results/comparable_result.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

bool is_environments(const Setting& setting) { return setting.option.spellings.empty(); }

/// Another value than the default, that files can hold.
SettingValue other_value(const Setting& setting) {
  if (!setting.choices.empty()) return std::string(setting.choices.back());
  switch (setting.kind) {
    case SettingKind::flag:
      return !std::get<bool>(setting.get(RunConfig()));
    case SettingKind::whole:
      return std::int64_t{7};
    case SettingKind::number:
      return 0.1;
    case SettingKind::numbers:
      return std::vector<double>{0.1, 1e-300, 5, 1e300};
    default:
      return std::string("a \"b\"\n\xc3\xa4");
  }
}

TEST_CASE("config file: every setting comes back as it was, alone and with all others") {
  RunConfig all;
  int count = 0;
  for (const Setting& setting : settings()) {
    if (is_environments(setting)) continue;
    INFO(setting.name);
    RunConfig one;
    setting.set(one, other_value(setting));
    CHECK_FALSE(one == RunConfig());
    CHECK(parse_config(config_text(one), "x") == one);
    CHECK_FALSE(parse_config(config_text(RunConfig()), "x") == one);
    setting.set(all, other_value(setting));
    ++count;
  }
  CHECK(count == 28);
  all.hyperparameters = {
      {"momentum", 0.9}, {"nesterov", true}, {"steps", std::int64_t{20}}, {"betas", std::vector<double>{0.9, 0.999}}};
  CHECK(parse_config(config_text(all), "x") == all);
  const TempDir folder;
  write_config(folder / "c.json", all);
  CHECK(read_config(folder / "c.json") == all);
  CHECK(parse_config("{}", "x") == RunConfig());
}

TEST_CASE("config file: what the environment says is in no file") {
  RunConfig config;
  config.home = "/home/x";
  config.cuda_library = "evil.so";
  config.cuda_overlap = false;
  CHECK(config_text(config) == config_text(RunConfig()));
  for (const Setting& setting : settings()) {
    if (!is_environments(setting)) continue;
    check_error([&] { parse_config("{\"" + std::string(setting.name) + "\": \"x\"}", "f.json"); }, Fault::data,
                {"'f.json': ", "unknown setting '" + std::string(setting.name) + "'"});
  }
}

TEST_CASE("config file: what is no configuration is refused with the file, and its line where it is no JSON") {
  const auto refused = [](const std::string& json, const std::string& part) {
    INFO(json);
    check_error([&] { parse_config(json, "f.json"); }, Fault::data, {"'f.json'", part});
  };
  refused("", "is not valid JSON");
  refused("{\n  \"learning_rate\": 0.1,\n}", "line 3, column 1");
  refused("{\n\n \"learning_rate\": NaN}", "line 3, column 19");
  refused("{\"learning_rate\": Infinity}", "is not valid JSON");
  refused("{\"learning_rate\": 1e999}", "is not valid JSON");
  refused("{\"optimizer\": \"\xff\"}", "is not valid JSON");
  refused("{} {}", "is not valid JSON");
  refused("// no\n{}", "is not valid JSON");
  refused("[]", "it holds a JSON array instead of an object");
  refused("{\"lerning_rate\": 0.1}", "unknown setting 'lerning_rate': did you mean learning_rate?");
  refused("{\"lr\": 0.1}", "unknown setting 'lr'");
  refused("{\"stop\": true}", "unknown setting 'stop'");
  refused("{\"a\\u001b\": 0.1}", "unknown setting 'a\\x1b'");
  refused("{\"num_epochs\": 1, \"batch_size\": 8, \"num_epochs\": 1}", "the name \"num_epochs\" comes twice");
  refused("{\"hyperparameters\": {\"eps\": 1, \"eps\": 1}}", "the name \"eps\" comes twice");
  refused("{\"batch_size\": 1.5}", "batch_size must be a whole number, not 1.5");
  refused("{\"batch_size\": 1e3}", "batch_size must be a whole number, not 1000.0");
  refused("{\"batch_size\": \"8\"}", "batch_size must be a whole number, not 8");
  refused("{\"batch_size\": null}", "batch_size must be a whole number, not none");
  refused("{\"batch_size\": true}", "batch_size must be a whole number, not true");
  refused("{\"batch_size\": {}}", "batch_size must not be an object");
  refused("{\"batch_size\": 0}", "batch_size must be at least 1, not 0");
  refused("{\"batch_size\": 9223372036854775808}", "\"batch_size\" is too large to be represented");
  refused("{\"threads\": 4294967296}", "threads: '4294967296' is too large or too small to be represented");
  refused("{\"threads\": 1025}", "threads must be 0 (every core) to 1024, not 1025");
  refused("{\"learning_rate\": -1}", "learning_rate must be a finite number of at least 0, not -1");
  refused("{\"learning_rate\": [0.1]}", "learning_rate must be a number, not 0.1");
  refused("{\"no_logs\": 1}", "no_logs must be true or false, not 1");
  refused("{\"layout\": \"1.1\"}", "layout must be flat, tf or 1.2, not '1.1'");
  refused("{\"conv_algorithm\": \"winograd\"}", "conv_algorithm must be auto or direct, not 'winograd'");
  refused("{\"output_dir\": \"\"}", "output_dir must not be an empty text");
  refused("{\"output_dir\": \"a\\u0000b\"}", "\"output_dir\" holds a zero byte");
  refused("{\"lr_sched_epochs\": 5}", "lr_sched_epochs must be a list of numbers, not 5");
  refused("{\"lr_sched_epochs\": [5, \"6\"]}", "element 1 of \"lr_sched_epochs\" must be a number, not string");
  refused("{\"hyperparameters\": [1]}", "hyperparameters must be an object");
  refused("{\"hyperparameters\": {\"eps\": \"1\"}}",
          "the hyperparameter 'eps' must be a number, a word, true or false, or a list of numbers");
  refused("{\"hyperparameters\": {\"eps\": {}}}", "\"eps\" is an object inside another one");
  refused("{\"hyperparameters\": {\"betas\": [[1]]}}", "it nests deeper than");
  refused(std::string(500'000, '['), "it nests deeper than");

  const TempDir folder;
  std::ofstream(folder / "large.json") << std::string((1 << 20) + 1, ' ');
  check_error([&] { read_config(folder / "large.json"); }, Fault::data, "large.json");
  check_error([&] { read_config(folder / "none.json"); }, Fault::missing, "none.json");
}

TEST_CASE("config file: every beginning of a file is refused, and nothing else happens") {
  RunConfig config{.testproblem = "mnist_mlp", .optimizer = "SGD", .learning_rate = 0.1};
  config.hyperparameters = {{"momentum", 0.9}};
  const std::string whole = config_text(config);
  for (std::size_t size = 0; size + 2 < whole.size(); ++size)
    check_error([&] { parse_config(whole.substr(0, size), "x"); }, Fault::data, "is not valid JSON");
}

TEST_CASE("config file: a value that a file cannot hold is refused when it is written") {
  const auto refused = [](const RunConfig& config, const char* part) {
    check_error([&] { config_text(config); }, Fault::usage, part);
  };
  refused({.learning_rate = std::numeric_limits<double>::quiet_NaN()}, "learning_rate must be a finite number");
  refused({.lr_sched_factors = {{1, std::numeric_limits<double>::infinity()}}}, "lr_sched_factors must be finite");
  refused({.hyperparameters = {{"eps", std::numeric_limits<double>::infinity()}}}, "eps must be finite");
  refused({.hyperparameters = {{"eps", 1.}, {"eps", 2.}}}, "'eps' is given twice");
  refused({.output_dir = "a\xff"}, "must be UTF-8");
  refused({.conv_algorithm = ConvAlgorithm::winograd}, "conv_algorithm must be auto or direct, not 'winograd'");
}

}  // namespace
}  // namespace deepobs
