#include <doctest/doctest.h>

#include "kernels/update/update_pass.h"
#include "runner/results/json/json_reader.h"
#include "runner/training/standard_runner.h"
#include "tests/error_of.h"
#include "tests/kernels/update/own_rules.h"
#include "tests/runner/results/comparable_result.h"
#include "tests/runner/training/own/own_things.h"
#include "tests/temp_dir.h"

// A program's own problem, data set and optimizer go through the calls that deepobs' own go through.

namespace deepobs {
namespace {

using test::Descent;

Optimizer descent() {
  return {.name = "Descent",
          .source = "this test",
          .usual_learning_rate = 0.1,
          .hyperparameters = {},
          .configure = [](const Hyperparameters&) { return flat_update(Descent{}); }};
}

Own own() { return {.problems = {quadrants_softmax()}, .data_sets = {quadrants()}, .optimizers = {descent()}}; }

RunConfig config_of(const TempDir& folder, const std::string& optimizer,
                    const std::string& problem = "quadrants_softmax") {
  return {.testproblem = problem,
          .optimizer = optimizer,
          .learning_rate = 0.1,
          .output_dir = folder / "results",
          .train_log_interval = 1,
          .threads = 1};
}

using Json = nlohmann::ordered_json;

TEST_CASE("own problem: it is trained, evaluated and written as deepobs' own are") {
  const TempDir folder;
  const StandardRunner runner{Catalogue(own())};
  const auto trained = [&](const std::string& optimizer) {
    RunConfig config = config_of(folder, optimizer);
    config.num_epochs = 20;
    config.learning_rate = 1;
    return runner.run(config);
  };
  const RunResult sgd = trained("SGD"), descent = trained("Descent");
  CHECK(sgd.train.losses.size() == 21);
  CHECK(sgd.parameter_count == 12);
  CHECK(sgd.steps_per_epoch == 8);
  CHECK(sgd.weight_decay == 1e-3);
  CHECK(sgd.test.accuracies.back() > 0.9);
  CHECK(sgd.test.losses.back() < sgd.test.losses.front());
  CHECK(sgd.minibatch_train_losses == descent.minibatch_train_losses);  // the same rule
  CHECK(sgd.json.parent_path() == folder / "results/quadrants_softmax/SGD/num_epochs__20__batch_size__32__lr__1e+00");
  CHECK(descent.json.parent_path() ==
        folder / "results/quadrants_softmax/Descent/num_epochs__20__batch_size__32__lr__1e+00");
  const Json json = Json::parse(content(sgd.json));
  CHECK(json["testproblem"] == "quadrants_softmax");
  CHECK(json["data"]["name"] == "quadrants");
  CHECK(json["data"]["train_examples"] == 256);
  CHECK_FALSE(json.contains("problem_version"));
  CHECK(read_result(sgd.json).test_losses == sgd.test.losses);
}

TEST_CASE("own problem: versions of a problem and of its data have folders of their own, and stand in the JSON") {
  const TempDir folder;
  Own versioned = own();
  versioned.problems.front().version = "2 layers";
  versioned.data_sets.front().version = "1a2b";
  const RunResult result = StandardRunner(Catalogue(versioned)).run(config_of(folder, "Adam"));
  CHECK(result.json.parent_path().filename() ==
        "num_epochs__2__batch_size__32__lr__1e-01__data_version__1a2b__problem_version__2%20layers");
  const Json json = Json::parse(content(result.json));
  CHECK(json["problem_version"] == "2 layers");
  CHECK(json["data_version"] == "1a2b");
}

TEST_CASE("own problem: runs of several problems and optimizers go on at once, each as it is alone") {
  const TempDir folder;
  const StandardRunner runner{Catalogue(own())};
  std::vector<RunConfig> configs;
  for (const char* optimizer : {"SGD", "Descent", "Adam", "Adam"})
    for (const char* problem : {"quadrants_softmax", "quadratic_deep"}) {
      configs.push_back(config_of(folder, optimizer, problem));
      configs.back().num_epochs = 1;
      configs.back().batch_size = 64;
      configs.back().learning_rate = 1e-4;
      configs.back().max_steps_per_epoch = 3;
      configs.back().eval_batches = 2;
    }
  for (std::size_t i : {6, 7}) configs[i].hyperparameters = {{"betas", std::vector<double>{0.5, 0.9}}};
  const auto outcomes = runner.run_all(configs, 2);
  REQUIRE(outcomes.size() == 8);
  for (std::size_t i = 0; i < configs.size(); ++i) {
    INFO("run ", i);
    REQUIRE(!outcomes[i].error);
    RunConfig alone = configs[i];
    alone.output_dir = folder / "alone";
    const RunResult result = runner.run(alone);
    CHECK(comparable(outcomes[i].result.json) == comparable(result.json));
    CHECK(std::filesystem::relative(outcomes[i].result.json.parent_path(), folder / "results") ==
          std::filesystem::relative(result.json.parent_path(), folder / "alone"));
  }
  CHECK(outcomes[4].result.test.losses != outcomes[6].result.test.losses);
}

TEST_CASE("own problem: a run that is resumed when it has its result reads all metrics back") {
  const TempDir folder;
  const StandardRunner runner{Catalogue(own())};
  RunConfig config = config_of(folder, "SGD");
  config.resume = true;
  const RunResult first = runner.run(config), again = runner.run(config);
  CHECK_FALSE(first.was_there);
  REQUIRE(again.was_there);
  CHECK(again.json == first.json);
  for (const auto& [before, after] : {std::pair(&first.train, &again.train), {&first.test, &again.test}}) {
    CHECK(after->losses == before->losses);
    CHECK(after->accuracies == before->accuracies);
    CHECK(after->plain_losses == before->plain_losses);
    REQUIRE(after->further_metrics.size() == 1);
    CHECK(after->further_metrics.front().first == "loss in bits");
    CHECK(after->further_metrics == before->further_metrics);
  }
  CHECK(again.valid.further_metrics.empty());
}

TEST_CASE("own problem: what is wrong with it is said before anything is done") {
  const auto refused = [](const std::function<void(Own&)>& change, const std::string& part) {
    Own changed = own();
    change(changed);
    check_error([&] { Catalogue{changed}; }, Fault::usage, part);
  };
  refused([](Own& of) { of.problems[0].name = "mnist_mlp"; },
          "there is a problem mnist_mlp in deepobs already; call yours something else");
  refused([](Own& of) { of.data_sets[0].name = "two_d"; }, "there is a data set two_d in deepobs already");
  refused([](Own& of) { of.problems.push_back(of.problems[0]); }, "there are two problems called quadrants_softmax");
  refused([](Own& of) { of.optimizers.push_back(of.optimizers[0]); }, "there are two optimizers called Descent");
  refused([](Own& of) { of.problems[0].dataset = "quadrant"; }, "unknown data set 'quadrant': did you mean quadrants?");
  refused([](Own& of) { of.problems[0].record = nullptr; }, "the problem quadrants_softmax needs record()");
  refused([](Own& of) { of.problems[0].feed = nullptr; }, "the problem quadrants_softmax needs a feed");
  refused([](Own& of) { of.data_sets[0].columns.clear(); }, "the data set quadrants needs columns");
  refused([](Own& of) { of.data_sets[0].generate = nullptr; }, "the data set quadrants needs generate(), or files");
  refused([](Own& of) { of.data_sets[0].train = 0; }, "needs at least one training and one test record, not 0 and 256");
  for (const std::string name : {"", "-x", "a\nb"})
    refused([&](Own& of) { of.problems[0].name = name; }, "cannot be the name of a problem");

  const StandardRunner runner{Catalogue(own())};
  check_error([&] { runner.resolve({.testproblem = "quadrants", .optimizer = "SGD", .learning_rate = 1}); },
              Fault::usage, "unknown problem 'quadrants'");
  check_error([&] { runner.resolve({.testproblem = "quadrants_softmax", .optimizer = "Decent", .learning_rate = 1}); },
              Fault::usage, "unknown optimizer 'Decent': did you mean Descent?");
  check_error([&] { runner.resolve({.testproblem = "quadrants_softmax", .learning_rate = 1}); }, Fault::usage,
              "an optimizer is needed");
}

TEST_CASE("own problem: data of another shape than it says is an error, before the training") {
  Own broken = own();
  broken.data_sets[0].generate = [](DataPart) -> std::vector<ColumnValues> {
    return {std::vector<float>(3), std::vector<std::int32_t>(256)};
  };
  const TempDir folder;
  check_error([&] { StandardRunner(Catalogue(broken)).run(config_of(folder, "SGD")); }, Fault::internal,
              "data set quadrants: the training part has 3 values of points for 256 records of [2]");
}

}  // namespace
}  // namespace deepobs
