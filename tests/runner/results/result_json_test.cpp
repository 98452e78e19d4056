#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>

#include "runner/results/json/json_reader.h"
#include "runner/results/text/python_text.h"
#include "runner/training/standard_runner.h"
#include "tests/file_content.h"
#include "tests/json_keys.h"
#include "tests/runner/training/small_set.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

using Json = nlohmann::ordered_json;
using Names = std::vector<std::string>;

struct Written {
  RunResult result;
  std::string text;
};

/// What a run on a few images returns and writes.
Written run_and_read(RunConfig config, const std::string& optimizer = "SGD") {
  const TempDir place;
  write_small_set(place / "data", "fmnist", 256, 64);
  config.testproblem = "fmnist_logreg";
  config.batch_size = 32;
  if (!config.num_epochs) config.num_epochs = 3;
  if (!config.learning_rate) config.learning_rate = 0.01;
  config.data_dir = place / "data";
  config.output_dir = place / "results";
  config.threads = 1;
  Written written{StandardRunner(find_optimizer(optimizer)).run(config), ""};
  written.text = content(written.result.json);
  return written;
}

/// The bare tokens that Python writes for what is not finite, as null: nlohmann's parser has no others.
Json parsed(const std::string& text) {
  return Json::parse(std::regex_replace(text, std::regex("([:\\s]) *(NaN|-?Infinity)"), "$1 null"));
}

Names first(const Names& names, std::size_t count) {
  return {names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(count, names.size()))};
}

/// Ours, behind DeepOBS's.
const Names extra_keys{"status",
                       "train_losses_without_regulariser",
                       "test_losses_without_regulariser",
                       "learning_rates",
                       "effective_weight_decay",
                       "data_order",
                       "max_steps_per_epoch",
                       "eval_batches",
                       "validation",
                       "init_from",
                       "init_from_crc32",
                       "optimizer_version",
                       "steps_per_epoch",
                       "parameter_count",
                       "data",
                       "start_time",
                       "start_utc_offset",
                       "total_seconds",
                       "train_seconds",
                       "eval_seconds",
                       "train_examples_per_second",
                       "eval_examples_per_second",
                       "device",
                       "device_name",
                       "threads",
                       "simd",
                       "precision",
                       "conv_algorithm",
                       "deepobs_version",
                       "revision",
                       "library_versions"};

void check_keys(const Json& json, const Names& of_deepobs) {
  const Names keys = test::keys_of(json);
  CHECK(first(keys, of_deepobs.size()) == of_deepobs);
  CHECK(Names(keys.begin() + static_cast<std::ptrdiff_t>(std::min(of_deepobs.size(), keys.size())), keys.end()) ==
        extra_keys);
}

TEST_CASE("result_json: the flat JSON has the keys of DeepOBS 1.1 in its order, then ours") {
  const Names wanted{
      "train_losses",  "test_losses",     "minibatch_train_losses", "train_accuracies", "test_accuracies",
      "optimizer",     "testproblem",     "weight_decay",           "batch_size",       "num_epochs",
      "learning_rate", "lr_sched_epochs", "lr_sched_factors",       "random_seed",      "train_log_interval",
      "hyperparams"};
  for (const Layout layout : {Layout::flat, Layout::tf}) {
    const auto written = run_and_read({.hyperparameters = {{"momentum", 0.5}}, .layout = layout});
    const Json json = parsed(written.text);
    check_keys(json, wanted);
    CHECK(written.text.starts_with("{\n  \"train_losses\": [\n    "));  // indented by 2, as the port does
    CHECK(written.text.ends_with("}\n"));
    CHECK(json["weight_decay"].is_null());  // the argument, not the factor in force
    CHECK(json["lr_sched_epochs"].is_null());
    CHECK(json["optimizer"] == "SGD");
    CHECK(json["testproblem"] == "fmnist_logreg");
    CHECK(json["learning_rate"] == 0.01);
    CHECK(json["random_seed"] == 42);
    CHECK(test::keys_of(json["hyperparams"]) == Names{"momentum", "dampening", "nesterov", "optimizer_weight_decay"});
    CHECK(json["hyperparams"]["momentum"] == 0.5);
    CHECK(json["hyperparams"]["nesterov"] == false);
    CHECK(json["train_losses"].size() == 4);
    CHECK(json["minibatch_train_losses"].size() == 3);  // 8 steps an epoch, one logged of each 10
  }
}

TEST_CASE("result_json: total_seconds has every epoch and every evaluation") {
  const Json json = parsed(run_and_read({}).text);
  CHECK(json["train_seconds"].size() == 3);
  CHECK(json["eval_seconds"].size() == 4);
  double parts = 0;
  for (const auto* key : {"train_seconds", "eval_seconds"})
    for (const auto& seconds : json[key]) parts += seconds.get<double>();
  CHECK(parts > 0);
  CHECK(json["total_seconds"] >= parts);
}

TEST_CASE("result_json: the 1.2 JSON has the keys of DeepOBS 1.2 in its order, then ours") {
  const auto written =
      run_and_read({.lr_sched_epochs = {{1, 2}}, .lr_sched_factors = {{0.1, 0.01}}, .layout = Layout::v1_2});
  const Json json = parsed(written.text);
  // Without a validation set there are no valid_ lists.
  check_keys(json, {"testproblem", "batch_size", "num_epochs", "random_seed", "weight_decay", "optimizer_name",
                    "optimizer_hyperparams", "training_params", "train_losses", "test_losses", "minibatch_train_losses",
                    "train_accuracies", "test_accuracies"});
  CHECK(written.text.starts_with("{\n    \"testproblem\": \"fmnist_logreg\",\n    "));
  CHECK(json["optimizer_hyperparams"]["lr"] == 0.01);
  CHECK(json["training_params"].dump() == R"({"lr_sched_epochs":[1,2],"lr_sched_factors":[0.1,0.01]})");
  CHECK(parsed(run_and_read({.layout = Layout::v1_2}).text)["training_params"] == Json::object());
}

TEST_CASE("result_json: numbers are written as Python writes them") {
  const auto written = run_and_read({.learning_rate = 1e-5,
                                     .weight_decay = 1e-300,
                                     .hyperparameters = {{"eps", 1e-7}},
                                     .lr_sched_epochs = {{1}},
                                     .lr_sched_factors = {{0.1}}},
                                    "Adam");
  for (const std::string part :
       {"\"learning_rate\": 1e-05,", "\"weight_decay\": 1e-300,", "\"eps\": 1e-07,", "\"amsgrad\": false,",
        "\"optimizer_weight_decay\": 0.0\n", "\"batch_size\": 32,", "\"lr_sched_epochs\": [\n    1\n  ]"}) {
    INFO(part);
    CHECK(written.text.find(part) != std::string::npos);
  }
  // Each number with a point or exponent is the shortest text that reads back as the same double.
  static const std::regex number(R"([:\[\s](-?[0-9][0-9.eE+-]*)[,\n])");
  int floats = 0;
  for (std::sregex_iterator at(written.text.begin(), written.text.end(), number), end; at != end; ++at) {
    const std::string token = (*at)[1];
    if (token.find_first_of(".e") == std::string::npos) continue;
    ++floats;
    INFO(token);
    CHECK(token == python_repr(std::strtod(token.c_str(), nullptr)));
  }
  CHECK(floats > 20);
}

TEST_CASE("result_json: the file holds what the runner returns") {
  const auto written = run_and_read({});
  const auto read = parse_result(written.text, "test");
  CHECK(read.train_losses == written.result.train.losses);
  CHECK(read.test_losses == written.result.test.losses);
  CHECK(read.test_accuracies.value() == written.result.test.accuracies);
  CHECK(read.minibatch_train_losses == written.result.minibatch_train_losses);
  const Json json = parsed(written.text);
  CHECK(json["train_seconds"].size() == 3);
  CHECK(json["eval_seconds"].size() == 4);
  CHECK(json["parameter_count"] == 7850);
  CHECK(json["steps_per_epoch"] == 8);
  CHECK(json["status"] == "completed");
  CHECK(json["data"]["complete"] == false);
  CHECK(json["data"]["train_examples"] == 256);
  CHECK(written.result.json.filename().string().find(json["start_time"].get<std::string>()) != std::string::npos);
  CHECK(std::regex_match(json["start_utc_offset"].get<std::string>(), std::regex("[+-][0-9]{2}:[0-9]{2}")));
  CHECK(json["optimizer_version"].is_null());
}

TEST_CASE(
    "result_json: a diverged run is a result: full lists by DeepOBS 1.2's rule, bare NaN tokens, both schemas read") {
  for (const Layout layout : {Layout::flat, Layout::v1_2}) {
    const auto written = run_and_read({.learning_rate = 1e38, .layout = layout, .train_log_interval = 1});
    REQUIRE(written.result.divergence.has_value());
    CHECK(written.text.find("NaN") != std::string::npos);
    CHECK(written.text.find("nan") == std::string::npos);
    CHECK(written.text.find("\"status\": \"diverged\"") != std::string::npos);
    CHECK(written.text.find("\"diverged_at_step\": 1,") != std::string::npos);

    const auto read = parse_result(written.text, "test");
    require_full_lists(read, "test");
    CHECK(read.is_v1_2 == (layout == Layout::v1_2));
    for (const auto& list : {read.train_losses, read.test_losses, *read.train_accuracies, *read.test_accuracies}) {
      REQUIRE(list.size() == 4);
      for (const double value : list) CHECK(value == list.front());
    }
    // Eight steps of the first epoch, then the first loss once for each of the three epochs without progress.
    REQUIRE(read.minibatch_train_losses.size() == 8 + 3);
    CHECK(std::isfinite(read.minibatch_train_losses[0]));
    for (std::size_t step = 1; step < 8; ++step) CHECK(!std::isfinite(read.minibatch_train_losses[step]));
    for (std::size_t epoch = 8; epoch < 11; ++epoch)
      CHECK(read.minibatch_train_losses[epoch] == read.minibatch_train_losses[0]);
  }
}

}  // namespace
}  // namespace deepobs
