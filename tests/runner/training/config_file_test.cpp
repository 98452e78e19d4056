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
  all.hyperparameters = {{"momentum", 0.9},
                         {"nesterov", true},
                         {"steps", std::int64_t{20}},
                         {"betas", std::vector<double>{0.9, 0.999}},
                         {"line_search_fn", std::string("strong_wolfe")}};
  CHECK(parse_config(config_text(all), "x") == all);
  CHECK(parse_config("{\"batch_size\": 1e3, \"num_epochs\": 2.0, \"threads\": 1e1}", "x") ==
        RunConfig{.batch_size = 1000, .num_epochs = 2, .threads = 10});
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
                {"'f.json', line 1: ", "unknown setting '" + std::string(setting.name) + "'"});
  }
}

TEST_CASE("config file: what is no configuration is refused with the file, and its line where it is no JSON") {
  const auto refused = [](const std::string& json, const std::string& part) {
    INFO(json);
    const Error error = error_of([&] { parse_config(json, "f.json"); });
    check_error([&] { throw Error(error); }, Fault::data, {"'f.json'", part});
    CHECK(std::string(error.what()).find("json.exception") == std::string::npos);
  };
  refused("", "is not valid JSON: line 1, column 1: it ends here, and is not complete");
  refused("{\n  \"learning_rate\": 0.1,\n}", "is not valid JSON: line 3, column 1: '}' cannot stand here");
  refused("{\n\n \"learning_rate\": NaN}", "is not valid JSON: line 3, column 19: 'N' cannot stand here");
  refused("{\"learning_rate\":\n", "is not valid JSON: line 2, column 1: it ends here");
  refused("{\"learning_rate\": Infinity}", "is not valid JSON: line 1, column 19: 'I' cannot stand here");
  refused("{\n\"learning_rate\": 1e999}", "is not valid JSON: line 2, column 22: a number is too large");
  refused("{\"optimizer\": \"\xff\"}", "is not valid JSON: line 1, column 16: '\\xff' cannot stand here");
  refused("{} {}", "is not valid JSON: line 1, column 4: '{' cannot stand here");
  refused("// no\n{}", "is not valid JSON: line 1, column 1: '/' cannot stand here");
  refused("[]", "it holds a list instead of an object");
  refused("{\"lerning_rate\": 0.1}", "unknown setting 'lerning_rate': did you mean learning_rate?");
  refused("{\"lr\": 0.1}", "unknown setting 'lr'");
  refused("{\"stop\": true}", "unknown setting 'stop'");
  refused("{\"a\\u001b\": 0.1}", "unknown setting 'a\\x1b'");
  refused("{\n\"optimizer\": \"SGD\",\n\"lerning_rate\": 0.1}", "'f.json', line 3: unknown setting 'lerning_rate'");
  refused("{\"" + std::string(5000, 'a') + "\": 1}", "aaa... (5000 bytes)'; there are: ");
  refused("{\"num_epochs\": 1, \"batch_size\": 8, \"num_epochs\": 1}", "the name \"num_epochs\" comes twice");
  refused("{\"hyperparameters\": {\"eps\": 1, \"eps\": 1}}", "the name \"eps\" comes twice");
  refused("{\"batch_size\": 1.5}", "batch_size must be a whole number, not 1.5");
  refused("{\"batch_size\": 1e300}", "batch_size must be a whole number, not 1e+300");
  refused("{\"batch_size\": \"8\"}", "batch_size must be a whole number, not '8'");
  refused("{\"batch_size\": null}", "batch_size must be a whole number, not none");
  refused("{\"batch_size\": true}", "batch_size must be a whole number, not true");
  refused("{\"batch_size\": {}}", "batch_size must be a whole number, not an object");
  refused("{\"batch_size\": [\"a\", \"b\"]}", "batch_size must be a whole number, not a list");
  refused("{\"layout\": [\"flat\", \"tf\"]}", "layout must be flat, tf or 1.2, not a list");
  refused("{\"batch_size\": 0}", "batch_size must be at least 1, not 0");
  refused("{\"batch_size\": 9223372036854775808}", "\"batch_size\" is too large to be represented");
  refused("{\"threads\": 4294967296}", "threads must be a whole number of 32 bits, not 4294967296");
  refused("{\"threads\": 1025}", "threads must be 0 (every core) to 1024, not 1025");
  refused("{\"learning_rate\": -1}", "learning_rate must be a finite number of at least 0, not -1");
  refused("{\"learning_rate\": [0.1]}", "learning_rate must be a number, not 0.1");
  refused("{\"no_logs\": 1}", "no_logs must be true or false, not 1");
  refused("{\"layout\": \"1.1\"}", "layout must be flat, tf or 1.2, not '1.1'");
  refused("{\"conv_algorithm\": \"winograd\"}", "conv_algorithm must be auto or direct, not 'winograd'");
  refused("{\"output_dir\": \"\"}", "output_dir must not be an empty text");
  refused("{\"output_dir\": \"a\\u0000b\"}", "\"output_dir\" holds a zero byte");
  refused("{\"lr_sched_epochs\": 5}", "lr_sched_epochs must be a list of numbers, not 5");
  refused("{\"lr_sched_epochs\": [5, \"6\"]}",
          "lr_sched_epochs must be a list of numbers, and its element 1 is a text");
  refused("{\"hyperparameters\": [1]}", "hyperparameters must be an object");
  refused("{\"hyperparameters\": {\"eps\": null}}",
          "the hyperparameter 'eps' must be a number, true or false, a word, or a list of numbers");
  refused("{\"hyperparameters\": {\"eps\": {}}}", "\"eps\" is an object inside another one");
  refused("{\"hyperparameters\": {\"betas\": [[1]]}}", "it nests deeper than");
  refused(std::string(500'000, '['), "it nests deeper than");

  const TempDir folder;
  std::ofstream(folder / "large.json") << std::string((1 << 20) + 1, ' ');
  check_error([&] { read_config(folder / "large.json"); }, Fault::data, "large.json");
  check_error([&] { read_config(folder / "none.json"); }, Fault::missing, "none.json");
}

TEST_CASE("config file: with a catalogue its names and hyperparameters are checked, each at its line") {
  Optimizer own = find_optimizer("SGD");
  own.name = "Own";
  const Catalogue catalogue(Own{.optimizers = {own}});
  const auto refused = [&](const std::string& json, const std::string& part) {
    INFO(json);
    check_error([&] { parse_config(json, "f.json", &catalogue); }, Fault::data, part);
    parse_config(json, "f.json");  // somebody else's catalogue may have it
  };
  refused("{\n\"testproblem\": \"mnist_mpl\"}",
          "'f.json', line 2: unknown problem 'mnist_mpl': did you mean mnist_mlp?");
  refused("{\n\n\"optimizer\": \"Owm\"}", "'f.json', line 3: unknown optimizer 'Owm': did you mean Own?");
  const std::string sgd = "{\"hyperparameters\": {\n", end = "},\n\"optimizer\": \"SGD\"}";
  refused(sgd + "\"dampening\": 0,\n\"momentun\": 0.9" + end,
          "'f.json', line 3: unknown SGD hyperparameter 'momentun': did you mean momentum?");
  refused(sgd + "\"momentum\": -1" + end, "'f.json', line 2: SGD: momentum must be at least 0, not -1");
  refused(sgd + "\"momentum\": \"0.9\"" + end, "'f.json', line 2: SGD: momentum must be a number, not '0.9'");
  refused(sgd + "\"nesterov\": 1" + end, "'f.json', line 2: SGD: nesterov must be true or false, not 1");
  for (const char* good : {"{\"optimizer\": \"Own\", \"hyperparameters\": {\"momentum\": 1, \"nesterov\": true}}",
                           "{\"hyperparameters\": {\"momentun\": 0.9}}"})  // nobody is named
    parse_config(good, "f.json", &catalogue);
}

TEST_CASE("config file: a whole number that stands for a number marks the folder as that number does") {
  RunConfig config = parse_config("{\"hyperparameters\": {\"momentum\": 1}}", "x");
  config.testproblem = "mnist_mlp";
  config.learning_rate = 0.1;
  RunConfig other = config;
  other.hyperparameters = {{"momentum", 1.}};
  const auto folder = [](const RunConfig& of) {
    return setting_folder(resolve(of, find_optimizer("SGD")).name("2000-01-01-00-00-00"), Layout::flat);
  };
  CHECK(folder(config) == folder(other));
  CHECK(folder(config).find("__momentum__1e+00__") != std::string::npos);
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
