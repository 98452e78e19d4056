#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "problems/models/networks.h"
#include "runner/results/files/safetensors.h"
#include "runner/results/json/json_reader.h"
#include "runner/training/records/deepobs_json.h"
#include "runner/training/standard_runner.h"
#include "tests/error_of.h"
#include "tests/golden/hash_values.h"
#include "tests/runner/training/plant.h"
#include "tests/runner/training/run_in_memory.h"
#include "tests/runner/training/small_set.h"
#include "tests/under_thread_sanitizer.h"

// A NaN is a result: where it is put, when it is seen, and what the lists hold then.

namespace deepobs {
namespace {

using List = std::vector<double>;

constexpr std::int64_t epochs = 4, steps = 5, interval = 2;  // of an epoch: steps 0, 2 and 4 are logged
constexpr std::int64_t logged = (steps + interval - 1) / interval;

/// Where a NaN is planted.
struct Plants {
  Plant pixels{.label = "pixels"}, logits{.label = "logits"}, loss{.label = "planted loss"};
  std::int64_t optimizer_step = -1;
};

/// mnist_logreg with places for a NaN, in training only.
Problem plantable(const Plants& plants) {
  Problem problem = find_problem("mnist_logreg");
  problem.record = [plants](Layers& layers, const Batch& batch) {
    const bool active = layers.mode() == Mode::train;
    const auto at = [&](Value x, const Plant& plant) { return active ? planted(x, plant) : x; };
    const auto network = [&](Layers& inside, Value images) {
      return at(logreg(inside, at(images, plants.pixels), 10), plants.logits);
    };
    Outputs outputs = classification(network)(layers, batch);
    outputs.losses = at(outputs.losses, plants.loss);
    return outputs;
  };
  return problem;
}

struct Told : Observer {
  std::int64_t times = 0, epoch = -1, step = -1;
  std::string tensor;
  void diverged(std::int64_t at_epoch, std::int64_t at_step, const std::string& first_bad) override {
    ++times, epoch = at_epoch, step = at_step, tensor = first_bad;
  }
};

struct Outcome {
  RunResult result;
  Told told;
};

Outcome run_with(const Plants& plants) {
  const Problem problem = plantable(plants);
  Run run = resolve({.testproblem = "mnist_logreg",
                     .batch_size = 8,
                     .num_epochs = epochs,
                     .learning_rate = 0.1,
                     .no_logs = true,
                     .train_log_interval = interval},
                    planting_sgd(0, plants.optimizer_step));  // the first parameter is fc.weight
  run.problem = &problem;
  RunInMemory memory(run, few_digits());
  Outcome outcome;
  outcome.result = memory.train(outcome.told);
  return outcome;
}

/// The same run without a NaN.
const RunResult& healthy() {
  static const RunResult result = run_with({}).result;
  return result;
}

/// Checks a list over the epochs of a run that diverged in `epoch`: as in the healthy run up to `last_good`, and the
/// first entry again behind the evaluation that was the last.
void check_padded(const List& list, const List& healthy, std::int64_t epoch, std::int64_t last_good) {
  REQUIRE(list.size() == static_cast<std::size_t>(epochs) + 1);
  for (std::int64_t i = 0; i <= epochs; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (i > epoch)
      CHECK(list[at] == healthy[0]);
    else if (i <= last_good)
      CHECK(list[at] == healthy[at]);
  }
}

/// Checks a run that diverged at a step: `global` is the first whose objective is not finite.
void check_diverged(const Outcome& outcome, std::int64_t global, const std::string& tensor) {
  const std::int64_t epoch = global / steps, step = global % steps;
  const RunResult& result = outcome.result;
  REQUIRE(result.divergence.has_value());
  CHECK(result.divergence->epoch == epoch);
  CHECK(result.divergence->step == step);
  CHECK(result.divergence->global_step == global);
  CHECK(result.divergence->first_bad_tensor == tensor);
  CHECK(outcome.told.times == 1);
  CHECK(outcome.told.epoch == epoch);
  CHECK(outcome.told.step == step);
  CHECK(outcome.told.tensor == tensor);

  // Parameters that a NaN reached in the last step of the epoch before are seen by the evaluation first.
  const std::int64_t last_good = step == 0 && tensor.starts_with("parameter") ? epoch - 1 : epoch;
  check_padded(result.train.losses, healthy().train.losses, epoch, last_good);
  check_padded(result.train.plain_losses, healthy().train.plain_losses, epoch, last_good);
  check_padded(result.train.accuracies, healthy().train.accuracies, epoch, last_good);
  check_padded(result.test.losses, healthy().test.losses, epoch, last_good);
  check_padded(result.test.plain_losses, healthy().test.plain_losses, epoch, last_good);
  check_padded(result.test.accuracies, healthy().test.accuracies, epoch, last_good);
  for (std::int64_t i = last_good + 1; i <= epoch; ++i)
    CHECK(std::isnan(result.test.losses[static_cast<std::size_t>(i)]));

  // What was logged up to the end of the epoch, then the first loss once for this epoch and each one left.
  const List &losses = result.minibatch_train_losses, &good = healthy().minibatch_train_losses;
  REQUIRE(losses.size() == static_cast<std::size_t>((epoch + 1) * logged + (epochs - epoch)));
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const auto in_epoch = static_cast<std::int64_t>(i) / logged, in_step = static_cast<std::int64_t>(i) % logged;
    if (in_epoch > epoch)
      CHECK((losses[i] == losses[0] || (std::isnan(losses[i]) && global == 0)));  // the run's own first, NaN or not
    else if (in_epoch * steps + in_step * interval < global)
      CHECK(losses[i] == good[i]);
    else
      CHECK(std::isnan(losses[i]));
  }
  CHECK(result.learning_rates.size() == static_cast<std::size_t>(epoch) + 1);
}

TEST_CASE("divergence: without a NaN nothing diverges") {
  CHECK(!healthy().divergence);
  CHECK(healthy().minibatch_train_losses.size() == static_cast<std::size_t>(epochs * logged));
}

TEST_CASE("divergence: a NaN in a pixel, a logit, a gradient or a weight is found at its exact step, at every step") {
  for (std::int64_t at = 0; at < epochs * steps; ++at) {
    INFO("step ", at);
    check_diverged(run_with({.pixels = {.forward = at, .element = 391, .label = "pixels"}}), at, "plant 'pixels'");
    check_diverged(run_with({.logits = {.forward = at, .element = 13, .label = "logits"}}), at, "plant 'logits'");
    if (at + 1 == epochs * steps) continue;  // the last step's parameters are evaluated, but train no more
    check_diverged(run_with({.logits = {.backward = at, .element = 79, .label = "logits"}}), at + 1,
                   "parameter 'fc.weight'");
    check_diverged(run_with({.optimizer_step = at}), at + 1, "parameter 'fc.weight'");
  }
}

TEST_CASE("divergence: a loss that is NaN in the last step of an epoch ends the run, one before does not") {
  for (std::int64_t at = 0; at < epochs * steps; ++at) {
    INFO("step ", at);
    // The gradient of a NaN loss is finite: the parameters stay sound.
    const Outcome outcome = run_with({.loss = {.forward = at, .element = 3, .label = "planted loss"}});
    if (at % steps == steps - 1) {
      check_diverged(outcome, at, "plant 'planted loss'");
      continue;
    }
    CHECK(!outcome.result.divergence);
    CHECK(outcome.told.times == 0);
    CHECK(outcome.result.test.losses == healthy().test.losses);
    List losses = outcome.result.minibatch_train_losses;
    if (at % steps % interval == 0) {
      const auto entry = static_cast<std::size_t>(at / steps * logged + at % steps / interval);
      REQUIRE(entry < losses.size());
      CHECK(std::isnan(losses[entry]));
      losses[entry] = healthy().minibatch_train_losses[entry];
    }
    CHECK(losses == healthy().minibatch_train_losses);
  }
}

TEST_CASE("divergence: what the last step of a run breaks is seen by its last evaluation alone") {
  const Outcome outcome = run_with({.optimizer_step = epochs * steps - 1});
  CHECK(!outcome.result.divergence);  // DeepOBS 1.2 looks at mini-batches
  REQUIRE(outcome.result.test.losses.size() == static_cast<std::size_t>(epochs) + 1);
  CHECK(std::isnan(outcome.result.test.losses.back()));
  CHECK(outcome.result.test.losses[epochs - 1] == healthy().test.losses[epochs - 1]);
  CHECK(outcome.result.minibatch_train_losses == healthy().minibatch_train_losses);
}

TEST_CASE("divergence: a NaN in any parameter of any network is found by its name") {
  struct Case {
    const char *problem, *dataset;
  };
  for (const auto& [name, dataset] :
       {Case{"mnist_mlp", "mnist"}, {"mnist_2c2d", "mnist"}, {"cifar10_3c3d", "cifar10"}}) {
    // The search for the name is one thread's; what the steps of the other networks do is seen elsewhere.
    if (under_thread_sanitizer && std::string_view(name) != "mnist_mlp") continue;
    const Dataset data = small_set(dataset, 4, 2);
    const RunConfig config{.testproblem = name,
                           .batch_size = 2,
                           .num_epochs = 1,
                           .learning_rate = 1e-3,
                           .no_logs = true,
                           .train_log_interval = 1,
                           .eval_batches = 1};
    const RunInMemory measured(resolve(config, find_optimizer("SGD")), data);
    for (const auto& parameter : measured.graphs.store.parameters()) {
      INFO(name, ' ', parameter.name);
      RunInMemory memory(resolve(config, planting_sgd(parameter.offset, 0)), data);
      const RunResult result = memory.train();
      REQUIRE(result.divergence.has_value());
      CHECK(result.divergence->global_step == 1);
      CHECK(result.divergence->first_bad_tensor == "parameter '" + parameter.name + "'");
    }
  }
}

RunConfig logged_run(const TempDir& folder, double learning_rate) {
  return {.testproblem = "mnist_logreg",
          .batch_size = 8,
          .num_epochs = 3,
          .learning_rate = learning_rate,
          .data_dir = folder.path(),
          .output_dir = folder / "results",
          .train_log_interval = 1,
          .threads = 1};
}

TEST_CASE("divergence: initial parameters that are NaN give a full, readable result") {
  for (const Layout layout : {Layout::flat, Layout::v1_2}) {
    RunConfig config{.testproblem = "mnist_logreg",
                     .batch_size = 8,
                     .num_epochs = 3,
                     .learning_rate = 0.1,
                     .layout = layout,
                     .no_logs = true,
                     .train_log_interval = 1};
    RunInMemory memory(resolve(config, find_optimizer("Adam")), few_digits());
    const auto& bias = memory.graphs.store.parameters()[1];
    auto values = memory.storage.parameter(bias);
    values[7] = std::numeric_limits<float>::quiet_NaN();
    memory.storage.set_parameter(bias, values);
    const RunResult result = memory.train();
    REQUIRE(result.divergence.has_value());
    CHECK(result.divergence->global_step == 0);
    CHECK(result.divergence->first_bad_tensor == "parameter 'fc.bias'");

    const std::string json = deepobs_json(memory.run, result);
    const ReadResult read = parse_result(json, "result");
    require_full_lists(read, "result");
    CHECK(read.train_losses.size() == 4);
    for (const List* list : {&read.train_losses, &read.test_losses, &read.minibatch_train_losses})
      CHECK(std::ranges::all_of(*list, [](double x) { return std::isnan(x); }));
    CHECK(read.minibatch_train_losses.size() == 5 + 3);
    for (const char* line : {"\"status\": \"diverged\"", "\"diverged_in_epoch\": 0", "\"diverged_at_step\": 0",
                             "\"first_bad_tensor\": \"parameter 'fc.bias'\""})
      CHECK(json.find(line) != std::string::npos);
  }
}

TEST_CASE("divergence: a file of initial parameters that are not finite is refused with tensor and place") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 40, 16);
  std::vector<NamedTensor> tensors{{"fc.weight", {10, 784}, hash_scaled(1, 7840, 0.01f)},
                                   {"fc.bias", {10}, hash_scaled(2, 10, 0.01f)}};
  RunConfig config = logged_run(folder, 0.1);
  config.init_from = folder / "initial.safetensors";
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    tensors[1].values[7] = bad;
    write_safetensors(config.init_from, tensors);
    check_error([&] { StandardRunner(find_optimizer("Adam")).run(config); }, Fault::data,
                {"initial.safetensors: tensor 'fc.bias' holds ", "(value 7 of 10"});
  }
  CHECK(!std::filesystem::exists(config.output_dir));
}

TEST_CASE("divergence: absurd learning rates end with full lists and a readable result") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 40, 16);
  for (const char* optimizer : {"SGD", "Adam", "RMSprop"})
    for (const double rate : {1e10, 1e38, 1e39, 1e300}) {
      INFO(optimizer, " with ", rate);
      const RunResult result = StandardRunner(find_optimizer(optimizer)).run(logged_run(folder, rate));
      CHECK(result.train.losses.size() == 4);
      CHECK(result.test.accuracies.size() == 4);
      CHECK((result.divergence || result.minibatch_train_losses.size() == 15));
      require_full_lists(read_result(result.json), "result");
    }
  // Beyond float's range the rate is infinite: the first update leaves no finite parameter where the gradient is not 0.
  const RunResult result = StandardRunner(find_optimizer("SGD")).run(logged_run(folder, 1e300));
  REQUIRE(result.divergence.has_value());
  CHECK(result.divergence->global_step == 1);
}

TEST_CASE("divergence: rates that are zero for float train nothing, negative and infinite ones are refused") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 40, 16);
  const StandardRunner runner(find_optimizer("SGD"));
  const RunResult still = runner.run(logged_run(folder, 0));
  CHECK(runner.run(logged_run(folder, 5e-324)).minibatch_train_losses == still.minibatch_train_losses);
  const RunResult denormal = runner.run(logged_run(folder, 1e-40));
  CHECK(denormal.minibatch_train_losses == still.minibatch_train_losses);  // too small to be seen in a loss
  CHECK(!denormal.divergence);
  for (const double rate :
       {-1., -0x1p-1074, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
    check_error([&] { runner.run(logged_run(folder, rate)); }, Fault::usage, "learning_rate must be a finite number");
}

TEST_CASE("divergence: other networks bear absurd rates too") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 6, 2);
  write_small_set(folder.path(), "cifar100", 6, 2);
  for (const char* problem : {"mnist_mlp", "mnist_2c2d", "cifar100_3c3d"})
    for (const double rate : {1e10, 1e38, 1e-45}) {
      // Threads do the same whatever the numbers are.
      if (under_thread_sanitizer && (problem != std::string_view("mnist_mlp") || rate != 1e38)) continue;
      INFO(problem, " with ", rate);
      RunConfig config = logged_run(folder, rate);
      config.testproblem = problem;
      config.batch_size = 2;
      config.no_logs = true;
      const RunResult result = StandardRunner(find_optimizer("SGD")).run(config);
      CHECK(result.train.losses.size() == 4);
      CHECK(result.test.losses.size() == 4);
      CHECK(result.divergence.has_value() == (rate > 1));
    }
}

TEST_CASE("divergence: a long run's lists are full as well") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 8, 8);
  RunConfig config = logged_run(folder, 1e300);
  config.num_epochs = 10'000;
  const RunResult result = StandardRunner(find_optimizer("SGD")).run(config);
  REQUIRE(result.divergence.has_value());
  CHECK(result.train.losses.size() == 10'001);
  CHECK(result.minibatch_train_losses.size() ==
        static_cast<std::size_t>(result.divergence->epoch + 1 + 10'000 - result.divergence->epoch));
  require_full_lists(read_result(result.json), "result");
}

}  // namespace
}  // namespace deepobs
