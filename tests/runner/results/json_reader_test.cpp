#include "runner/results/json/json_reader.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "tests/error_of.h"
#include "tests/temp_dir.h"

namespace deepobs {

namespace {

const std::string v1_1 =
    R"({"train_losses": [2.3026, 0.4101, NaN], "test_losses": [2.3026, Infinity, -Infinity],)"
    R"( "minibatch_train_losses": [2.3026, 0.9, 0.5, 1], "train_accuracies": [0.0986, 0.894, 0.907],)"
    R"( "test_accuracies": [0.098, 0.9, 0.911], "optimizer": "MomentumOptimizer", "testproblem": "mnist_logreg",)"
    R"( "weight_decay": null, "batch_size": 128, "num_epochs": 2, "learning_rate": 0.01, "lr_sched_epochs": [1, 2],)"
    R"( "lr_sched_factors": [0.1, 0.01], "random_seed": 42, "train_log_interval": 300, "hyperparams": {"use_nesterov":)"
    R"( false, "dampening": null, "max_iter": 20, "betas": [0.9, 0.999], "line": "NaN \" Infinity", "tol": -Infinity},)"
    R"( "extra": {"deep": [["NaN"]]}})";

const std::string v1_2 = R"({
    "testproblem": "two_d_beale",
    "batch_size": 128,
    "num_epochs": 1,
    "random_seed": 43,
    "weight_decay": 0.0005,
    "optimizer_name": "SGD",
    "optimizer_hyperparams": {"lr": 0.01, "momentum": 0.9, "nesterov": false},
    "training_params": {"lr_sched_epochs": null},
    "train_losses": [3.57, 3.1],
    "valid_losses": [3.57, 3.09],
    "test_losses": [3.57, 3]
})";

std::string without(std::string text, const std::string& part, const std::string& instead = "") {
  const auto at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), instead);
}

}  // namespace

TEST_CASE("json_reader: a file of DeepOBS 1.1, with NaN and infinities") {
  const ReadResult result = parse_result(v1_1, "a.json");
  CHECK_FALSE(result.is_v1_2);
  CHECK(result.problem == "mnist_logreg");
  CHECK(result.optimizer == "MomentumOptimizer");
  CHECK(result.batch == 128);
  CHECK(result.epochs == 2);
  CHECK(result.seed == 42);
  CHECK_FALSE(result.weight_decay.has_value());
  REQUIRE(result.train_losses.size() == 3);
  CHECK(result.train_losses[1] == 0.4101);
  CHECK(std::isnan(result.train_losses[2]));
  CHECK(result.test_losses == std::vector<double>{2.3026, HUGE_VAL, -HUGE_VAL});
  CHECK(result.minibatch_train_losses == std::vector<double>{2.3026, 0.9, 0.5, 1.0});
  CHECK(result.test_accuracies == std::vector<double>{0.098, 0.9, 0.911});
  CHECK_FALSE(result.valid_losses.has_value());

  REQUIRE(result.hyperparameters.size() == 7);
  const auto& p = result.hyperparameters;
  CHECK(p[0].name == "use_nesterov");
  CHECK(std::get<bool>(p[0].value) == false);
  CHECK(std::holds_alternative<std::monostate>(p[1].value));
  CHECK(std::get<std::int64_t>(p[2].value) == 20);
  CHECK(std::get<std::vector<double>>(p[3].value) == std::vector<double>{0.9, 0.999});
  CHECK(std::get<std::string>(p[4].value) == "NaN \" Infinity");
  CHECK(std::get<double>(p[5].value) == -HUGE_VAL);
  CHECK(p[6].name == "lr");
  CHECK(std::get<double>(p[6].value) == 0.01);
  REQUIRE(result.training_parameters.size() == 2);
  CHECK(std::get<std::vector<double>>(result.training_parameters[1].value) == std::vector<double>{0.1, 0.01});
  require_full_lists(result, "a.json");
}

TEST_CASE("json_reader: a file of DeepOBS 1.2") {
  TempDir folder;
  std::ofstream(folder / "b.json") << v1_2;
  const ReadResult result = read_result(folder / "b.json");
  CHECK(result.is_v1_2);
  CHECK(result.problem == "two_d_beale");
  CHECK(result.optimizer == "SGD");
  CHECK(result.weight_decay == 0.0005);
  REQUIRE(result.hyperparameters.size() == 3);
  CHECK(result.hyperparameters[0].name == "lr");
  CHECK(result.valid_losses == std::vector<double>{3.57, 3.09});
  CHECK(result.test_losses == std::vector<double>{3.57, 3.0});
  CHECK(result.minibatch_train_losses.empty());
  CHECK_FALSE(result.test_accuracies.has_value());
  require_full_lists(result, "b.json");
}

TEST_CASE("json_reader: the lists of deepobs' own files are read, too") {
  const std::string own = without(
      v1_2, "\"train_losses\"",
      R"("train_losses_without_regulariser": [3.5, 3], "train_metrics": {"error": [1, NaN], "rank": [2, 1]}, "train_losses")");
  const ReadResult result = parse_result(own, "x.json");
  CHECK(result.further_train.plain_losses == std::vector<double>{3.5, 3});
  REQUIRE(result.further_train.metrics.size() == 2);
  CHECK(result.further_train.metrics[0].first == "error");
  CHECK(std::isnan(result.further_train.metrics[0].second[1]));
  CHECK(result.further_train.metrics[1].second == std::vector<double>{2, 1});
  CHECK(result.further_test.metrics.empty());
  require_full_lists(result, "x.json");
  check_error([&] { require_full_lists(parse_result(without(own, "[2, 1]", "[2]"), "x.json"), "x.json"); }, Fault::data,
              "\"train_metrics.rank\" has 1 values; a run of 1 epochs");
  check_error([&] { parse_result(without(own, "[2, 1]", "2"), "x.json"); }, Fault::data,
              "\"rank\" must be a list of numbers");
}

TEST_CASE("json_reader: how often an optimizer of deepobs' own files evaluated") {
  CHECK_FALSE(parse_result(v1_1, "x.json").gradient_evaluations.has_value());
  const std::string own = without(v1_2, "\"train_losses\"", "\"gradient_evaluations\": 1234, \"train_losses\"");
  CHECK(parse_result(own, "x.json").gradient_evaluations == 1234);
}

TEST_CASE("json_reader: what is no result is refused with file and key") {
  const auto refused = [](const std::string& json, const char* part) {
    check_error([&] { parse_result(json, "x.json"); }, Fault::data, part);
    check_error([&] { parse_result(json, "x.json"); }, Fault::data, "'x.json'");
  };
  for (std::size_t size = 0; size + 1 < v1_1.size(); ++size) refused(v1_1.substr(0, size), "is not valid JSON");
  for (const char* bad : {"-NaN", "NaNs", "+Infinity", "nan", "inf", "1e999", "--Infinity"})
    refused(without(v1_2, "3.1]", bad + std::string("]")), "is not valid JSON");
  refused("{\n  \"a\": 1,\n}", "is not valid JSON: line 3, column 1: '}' cannot stand here");
  refused(without(v1_2, "3.1]", "null]"), "element 1 of \"train_losses\" must be a number, not null");
  refused(without(v1_2, "3.1]", "\"NaN\"]"), "element 1 of \"train_losses\" must be a number, not string");
  refused(without(v1_2, "[3.57, 3.1]", "3.1"), "\"train_losses\" must be a list of numbers");
  refused(without(v1_2, "\"test_losses\"", "\"test\""), "the key \"test_losses\" is absent");
  refused(without(v1_2, "\"random_seed\"", "\"seed\""), "the key \"random_seed\" is absent");
  refused(without(v1_2, "128", "128.5"), "\"batch_size\" must be a whole number");
  refused(without(v1_2, "0.0005", "\"none\""), "\"weight_decay\" must be a number or null");
  refused(without(v1_2, "\"two_d_beale\"", "7"), "\"testproblem\" must be a text");
  refused(without(v1_2, "{\"lr\": 0.01, \"momentum\": 0.9, \"nesterov\": false}", "[]"),
          "\"optimizer_hyperparams\" must be an object");
  refused(without(v1_2, "0.01", "{}"), "\"lr\" must be a list of numbers");
  refused("[1, 2]", "holds a JSON array");
  check_error([] { read_result("/nonexistent/x.json"); }, Fault::missing, "there is no file '/nonexistent/x.json'");
}

TEST_CASE("json_reader: tokens keep their length, so that places in messages are those in the file") {
  check_error([] { parse_result("{\"a\": [NaN, -Infinity, Infinity, ?]}", "x.json"); }, Fault::data,
              "line 1, column 34");
}

TEST_CASE("require_full_lists: ragged lists are refused") {
  const ReadResult result = parse_result(without(v1_2, "3.57, 3.09", "3.57"), "x.json");
  check_error([&] { require_full_lists(result, "x.json"); }, Fault::data,
              "\"valid_losses\" has 1 values; a run of 1 epochs");
}

TEST_CASE("json_reader: what deepobs' own files say of device, times and versions") {
  const std::string more =
      R"("device": "cpu", "device_name": "AMD", "threads": 2, "simd": "avx2", "precision": "fp32",)"
      R"( "deepobs_version": "0.1.0", "total_seconds": 3.5, "train_seconds": [1.5, 1.25],)"
      R"( "effective_weight_decay": 0.002, "extra")";
  const ReadConditions read = parse_result(without(v1_1, "\"extra\"", more), "a.json").conditions;
  CHECK(read.device == "cpu");
  CHECK(read.device_name == "AMD");
  CHECK(read.threads == 2);
  CHECK(read.simd == "avx2");
  CHECK(read.precision == "fp32");
  CHECK(read.version == "0.1.0");
  CHECK(read.total_seconds == 3.5);
  CHECK(read.train_seconds == std::vector<double>{1.5, 1.25});
  CHECK(read.effective_weight_decay == 0.002);
  const ReadConditions none = parse_result(v1_1, "a.json").conditions;
  CHECK(none.device.empty());
  CHECK_FALSE(none.threads.has_value());
  CHECK(none.train_seconds.empty());
}

TEST_CASE("json_reader: a key that comes twice is refused, for nobody knows which one was meant") {
  check_error([] { parse_result(without(v1_1, "\"extra\"", "\"batch_size\""), "a.json"); }, Fault::data,
              {"a.json", "\"batch_size\" comes twice"});
  const std::string twice = R"({"x": 1}, "optimizer_hyperparams": {"lr": 0.1, "x": 2, "lr": 0.2}})";
  check_error([&] { parse_result(R"({"first": )" + twice, "a.json"); }, Fault::data,
              {"a.json", "\"lr\" comes twice in \"optimizer_hyperparams\""});
}

TEST_CASE("json_reader: whole numbers beyond 64 bits are refused, and do not become others") {
  const std::string seed = without(v1_1, "\"random_seed\": 42", "\"random_seed\": 18446744073709551615");
  check_error([&] { parse_result(seed, "a.json"); }, Fault::data, {"a.json", "\"random_seed\" is too large"});
  const std::string steps = without(v1_1, "\"hyperparams\": {", "\"hyperparams\": {\"steps\": 9223372036854775808, ");
  check_error([&] { parse_result(steps, "a.json"); }, Fault::data, {"a.json", "\"steps\" is too large"});
}

}  // namespace deepobs
