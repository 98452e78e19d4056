#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "runner/results/files/safetensors.h"
#include "runner/training/prepared_runs.h"
#include "runner/training/standard_runner.h"
#include "tests/error_of.h"
#include "tests/gpus_under_test.h"
#include "tests/runner/results/comparable_result.h"
#include "tests/runner/training/small_set.h"
#include "tests/under_thread_sanitizer.h"

// Several runs at once: each is as alone, a failed one leaves the others alone, and what can be known is said before.

namespace deepobs {
namespace {

RunConfig small_run(const TempDir& folder, const std::string& problem = "mnist_mlp") {
  return {.testproblem = problem,
          .batch_size = 13,
          .num_epochs = 2,
          .learning_rate = 1e-3,
          .data_dir = folder.path(),
          .output_dir = folder / "together",
          .train_log_interval = 1,
          .threads = 1};
}

/// Runs all together and each alone, and compares.
void check_as_alone(const TempDir& folder, std::vector<RunConfig> configs, const std::string& optimizer, int jobs) {
  const StandardRunner runner(find_optimizer(optimizer));
  for (std::size_t i = 0; i < configs.size(); ++i) configs[i].save_params = folder / text("together-", i);
  if (under_thread_sanitizer)  // all steps use threads alike
    for (auto& config : configs) config.max_steps_per_epoch = config.eval_batches = 1;
  const auto outcomes = runner.run_all(configs, jobs);
  REQUIRE(outcomes.size() == configs.size());
  for (std::size_t i = 0; i < configs.size(); ++i) {
    INFO("run ", i);
    REQUIRE(!outcomes[i].error);
    RunConfig alone = configs[i];
    alone.output_dir = folder / "alone";
    alone.save_params = folder / text("alone-", i);
    const RunResult result = runner.run(alone);
    CHECK(comparable(outcomes[i].result.json) == comparable(result.json));
    CHECK((content(configs[i].save_params) == content(alone.save_params)));  // binary: not to be printed
    CHECK(content(alone.save_params).size() > 1000);
    CHECK(outcomes[i].result.json.parent_path().filename() == result.json.parent_path().filename());
  }
}

TEST_CASE("run_all: runs at once are bit for bit as alone: seeds, learning rates, epochs, one plan") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 60, 30);
  for (const int threads : {1, 2}) {
    std::vector<RunConfig> configs;
    for (const double rate : {1e-3, 1e-4})
      for (const std::int64_t seed : {1, 2, 3}) {
        configs.push_back(small_run(folder));
        configs.back().learning_rate = rate;
        configs.back().random_seed = seed;
        configs.back().threads = threads;
        configs.back().num_epochs = seed;
      }
    check_as_alone(folder, configs, "Adam", 3);
  }
}

TEST_CASE("run_all: runs at once are bit for bit as alone: other plans, problems and data sets") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 60, 30);
  write_small_set(folder.path(), "cifar10", 16, 8);
  std::vector<RunConfig> configs;
  for (const double decay : {0., 0.1}) {
    configs.push_back(small_run(folder, "cifar10_3c3d"));
    configs.back().batch_size = 7;
    configs.back().weight_decay = decay;
    configs.push_back(small_run(folder, "mnist_2c2d"));
    configs.back().hyperparameters = {{"momentum", 0.5 + decay}};
  }
  check_as_alone(folder, configs, "SGD", 4);
}

TEST_CASE("run_all: runs at once on a GPU are bit for bit as alone, and share the data set") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 60, 30);
  for (const auto& gpu : gpus_under_test()) {
    CAPTURE(gpu.name);
    std::vector<RunConfig> configs;
    for (const std::int64_t seed : {1, 2, 3}) {
      configs.push_back(small_run(folder, seed < 3 ? "mnist_logreg" : gpu.slow ? "mnist_mlp" : "mnist_2c2d"));
      configs.back().random_seed = seed;
      configs.back().device = "cuda";
      configs.back().cuda_library = gpu.library;
    }
    check_as_alone(folder, configs, "Adam", 3);
  }
  if (gpus_under_test().empty()) MESSAGE("skipped: ", why_no_real_gpu());
}

TEST_CASE("run_all: what no computation depends on shares a plan, everything else has its own") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 60, 30);
  const StandardRunner runner(find_optimizer("SGD"));
  const auto counts = [&](const auto& change) {
    RunConfig other = small_run(folder);
    change(other);
    Observer silent;
    Observer* const observers[] = {&silent, &silent};
    const PreparedRuns prepared({runner.resolve(small_run(folder)), runner.resolve(other)}, observers);
    CHECK(prepared.data_sets() == 1);
    return prepared.plans();
  };
  CHECK(counts([](RunConfig&) {}) == 1);
  CHECK(counts([](RunConfig& c) { c.random_seed = 7; }) == 1);
  CHECK(counts([](RunConfig& c) { c.learning_rate = 7; }) == 1);
  CHECK(counts([](RunConfig& c) { c.num_epochs = 7, c.train_log_interval = 2, c.threads = 2, c.no_logs = true; }) == 1);
  CHECK(counts([](RunConfig& c) { c.lr_sched_epochs = {{1}}, c.lr_sched_factors = {{0.1}}; }) == 1);
  CHECK(counts([](RunConfig& c) { c.batch_size = 7; }) == 2);
  CHECK(counts([](RunConfig& c) { c.hyperparameters = {{"momentum", 0.5}}; }) == 2);
  CHECK(counts([](RunConfig& c) { c.data_order = DataOrder::sequential; }) == 2);
  CHECK(counts([](RunConfig& c) { c.max_steps_per_epoch = 1; }) == 2);
  CHECK(counts([](RunConfig& c) { c.eval_batches = 1; }) == 2);
  CHECK(counts([](RunConfig& c) { c.conv_algorithm = ConvAlgorithm::direct; }) == 2);
  CHECK(counts([](RunConfig& c) { c.testproblem = "mnist_logreg"; }) == 2);
}

TEST_CASE("run_all: own optimizers of one name, of two catalogues, have a plan each") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 60, 30);
  const auto named_own = [](const char* like) {
    Optimizer optimizer = find_optimizer(like);
    optimizer.name = "Own";
    return optimizer;
  };
  const auto run_of = [&](const Optimizer& optimizer, const std::string& results) {
    RunConfig config = small_run(folder);
    config.output_dir = folder / results;
    return StandardRunner(optimizer).resolve(config);
  };
  Observer silent;
  Observer* const observers[] = {&silent, &silent};
  const PreparedRuns prepared({run_of(named_own("SGD"), "sgd"), run_of(named_own("Adam"), "adam")}, observers);
  CHECK(prepared.plans() == 2);
  CHECK(prepared.data_sets() == 1);
  const auto now = std::chrono::steady_clock::now();
  const RunResult sgd = prepared.execute(0, silent, now), adam = prepared.execute(1, silent, now);
  const auto alone = [&](const char* name) { return StandardRunner(find_optimizer(name)).run(small_run(folder)); };
  CHECK(sgd.minibatch_train_losses == alone("SGD").minibatch_train_losses);
  CHECK(adam.minibatch_train_losses == alone("Adam").minibatch_train_losses);
  CHECK(sgd.minibatch_train_losses != adam.minibatch_train_losses);
}

/// Counts what an observer is told.
struct Count : Observer {
  int started_runs = 0, finished_runs = 0;
  std::vector<std::string> failures;
  void started(const Start&) override { ++started_runs; }
  void finished(const RunResult& result) override {
    ++finished_runs;
    CHECK(std::filesystem::exists(result.json));
  }
  void failed(const Error& error) override { failures.emplace_back(error.what()); }
};

TEST_CASE("run_all: an optimizer whose memory depends on the number of steps has a plan for each") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 60, 30);
  const StandardRunner runner(Catalogue({}));
  const auto plans = [&](const char* optimizer, std::int64_t epochs) {
    RunConfig one = small_run(folder);
    one.optimizer = optimizer;
    RunConfig other = one;
    other.num_epochs = epochs;
    Observer silent;
    Observer* const observers[] = {&silent, &silent};
    return PreparedRuns({runner.resolve(one), runner.resolve(other)}, observers).plans();
  };
  CHECK(plans("LBFGS", 3) == 2);
  CHECK(plans("LBFGS", 2) == 1);
  CHECK(plans("SGD", 3) == 1);
}

TEST_CASE("run_all: a run that fails leaves the others alone, and its outcome says why") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 60, 30);
  std::vector<RunConfig> configs;
  for (const std::int64_t seed : {1, 2, 3, 4}) {
    configs.push_back(small_run(folder, "mnist_logreg"));
    configs.back().random_seed = seed;
  }
  // One whose observer throws, and one whose parameters cannot be saved any more when it ends.
  struct Thrower : Count {
    void evaluating(std::int64_t epoch, std::int64_t) override { require(epoch < 1, Fault::data, "enough"); }
  };
  struct Blocker : Count {
    explicit Blocker(std::filesystem::path at) : target(std::move(at)) {}
    void started(const Start& start) override {
      Count::started(start);
      std::filesystem::create_directory(target);
    }
    std::filesystem::path target;
  };
  configs[2].save_params = folder / "end.safetensors";
  for (const int jobs : {1, 2, 4}) {
    std::filesystem::remove(configs[2].save_params);
    std::array<Count, 2> good_ones;
    Thrower thrower;
    Blocker blocker(configs[2].save_params);
    const std::array<Count*, 4> counts{&good_ones[0], &thrower, &blocker, &good_ones[1]};
    const std::vector<Observer*> observers(counts.begin(), counts.end());
    const auto outcomes = StandardRunner(find_optimizer("SGD")).run_all(configs, jobs, observers);
    for (const std::size_t good : {0, 3}) {
      CHECK(!outcomes[good].error);
      CHECK(outcomes[good].result.test.losses.size() == 3);
      CHECK(std::filesystem::exists(outcomes[good].result.json));
      CHECK(counts[good]->started_runs == 1);
      CHECK(counts[good]->finished_runs == 1);
      CHECK(counts[good]->failures.empty());
    }
    for (const std::size_t bad : {1, 2}) {
      REQUIRE(outcomes[bad].error);
      CHECK(outcomes[bad].result.json.empty());
      CHECK(counts[bad]->finished_runs == 0);
      CHECK(counts[bad]->failures == std::vector<std::string>{outcomes[bad].error->what()});
    }
    CHECK(static_cast<int>(outcomes[1].error->fault()) == static_cast<int>(Fault::data));
    CHECK(static_cast<int>(outcomes[2].error->fault()) == static_cast<int>(Fault::io));
    CHECK(std::string(outcomes[2].error->what()).find("; the result is complete in '") != std::string::npos);
  }
}

TEST_CASE("run_all: what an observer throws, of any type, is in the outcome of its run as it was thrown") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 60, 30);
  struct Mine {};
  struct Thrower : Count {
    explicit Thrower(int what) : kind(what) {}
    void stepped(const Step&) override {
      if (kind == 0) throw 5;
      if (kind == 1) throw Mine();
      if (kind == 2) throw std::out_of_range("my words");
    }
    void failed(const Error& error) override {
      Count::failed(error);
      throw 6;  // nobody is left to hear of it
    }
    int kind;
  };
  std::vector<RunConfig> configs(4, small_run(folder, "mnist_logreg"));
  for (std::size_t i = 0; i < 4; ++i) configs[i].random_seed = static_cast<std::int64_t>(i);
  for (const int jobs : {1, 3}) {
    std::array<Thrower, 4> throwers{Thrower(0), Thrower(1), Thrower(2), Thrower(3)};
    const std::vector<Observer*> observers{&throwers[0], &throwers[1], &throwers[2], &throwers[3]};
    const auto outcomes = StandardRunner(find_optimizer("SGD")).run_all(configs, jobs, observers);
    for (std::size_t i = 0; i < 3; ++i) {
      REQUIRE(outcomes[i].error);
      CHECK(static_cast<int>(outcomes[i].error->fault()) == static_cast<int>(Fault::internal));
      CHECK(throwers[i].failures.size() == 1);
    }
    CHECK_THROWS_AS(std::rethrow_exception(outcomes[0].thrown), int);
    CHECK_THROWS_AS(std::rethrow_exception(outcomes[1].thrown), Mine);
    CHECK_THROWS_AS(std::rethrow_exception(outcomes[2].thrown), std::out_of_range);
    CHECK(std::string(outcomes[2].error->what()) == "my words");
    CHECK(!outcomes[3].error);
    CHECK(outcomes[3].thrown == nullptr);
    CHECK(throwers[3].finished_runs == 1);
  }
}

TEST_CASE("run_all: an optimizer that is not complete, or an observer that is null, is refused with words") {
  check_error([] { StandardRunner({}).run({.testproblem = "mnist_logreg", .learning_rate = 1}); }, Fault::usage,
              "optimizer '' is not complete");
  Observer silent;
  Observer* const observers[]{&silent, nullptr};
  check_error(
      [&] {
        StandardRunner(find_optimizer("SGD")).run_all({{}, {}}, 1, observers);
      },
      Fault::usage, "an observer is null");
}

TEST_CASE("run_all: a diverged run is no failure") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 60, 30);
  std::vector<RunConfig> configs(2, small_run(folder, "mnist_logreg"));
  configs[1].learning_rate = 1e38;
  const auto outcomes = StandardRunner(find_optimizer("SGD")).run_all(configs, 2);
  CHECK(!outcomes[0].result.divergence);
  CHECK(!outcomes[1].error);
  CHECK(outcomes[1].result.divergence.has_value());
}

TEST_CASE("run_all: a request to stop ends every run, those that have not begun too") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 60, 30);
  std::stop_source source;
  struct Stopper : Observer {
    explicit Stopper(std::stop_source& asked) : source(asked) {}
    void stepped(const Step& step) override {
      if (step.epoch == 3) source.request_stop();
    }
    std::stop_source& source;
  } stopper(source);
  std::vector<RunConfig> configs(6, small_run(folder, "mnist_logreg"));
  for (std::size_t i = 0; i < configs.size(); ++i) {
    configs[i].random_seed = static_cast<std::int64_t>(i);
    configs[i].num_epochs = i == 0 ? 1 : 1'000'000;  // the first ends before anybody asks
    configs[i].stop = source.get_token();
  }
  Observer silent;
  std::vector<Observer*> observers(configs.size(), &silent);
  observers[1] = &stopper;
  const auto outcomes = StandardRunner(find_optimizer("SGD")).run_all(configs, 1, observers);
  CHECK(!outcomes[0].error);
  for (std::size_t i = 1; i < outcomes.size(); ++i) {
    REQUIRE(outcomes[i].error);
    CHECK(static_cast<int>(outcomes[i].error->fault()) == static_cast<int>(Fault::interrupted));
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "together"))
    if (entry.is_regular_file()) ++files;
  CHECK(files == 1);
}

TEST_CASE("run_all: what can be known before is refused before any run begins") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 60, 30);
  write_small_set(folder.path(), "cifar10", 16, 8);
  std::filesystem::remove(folder / "cifar10/test_batch.bin");
  const StandardRunner runner(find_optimizer("SGD"));
  const auto refused = [&](const auto& change, Fault fault, const std::string& part) {
    std::vector<RunConfig> configs(3, small_run(folder, "mnist_logreg"));
    change(configs);
    check_error([&] { runner.run_all(configs, 2); }, fault, part);
    CHECK(!std::filesystem::exists(folder / "together"));
  };
  refused([](auto& configs) { configs[2].learning_rate = -1; }, Fault::usage, "learning_rate must be");
  refused([](auto& configs) { configs[2].batch_size = 31; }, Fault::usage,
          "batch_size 31 is more than the 30 examples");
  refused([](auto& configs) { configs[1].output_dir = "/proc/results"; }, Fault::io, "/proc/results");
  refused([](auto& configs) { configs[2].testproblem = "cifar10_3c3d"; }, Fault::missing, "test_batch.bin not there");
  refused([&](auto& configs) { configs[0].save_params = configs[2].save_params = folder / "a.safetensors"; },
          Fault::usage, "save_params: several runs would write ");
  std::filesystem::create_directory_symlink(".", folder / "link");
  refused(
      [&](auto& configs) {
        configs[0].save_params = folder / "a.safetensors";
        configs[2].save_params = folder / "link/a.safetensors";
      },
      Fault::usage, "save_params: several runs would write ");
  for (const char* name : {"together", "together.work"})
    refused([&](auto& configs) { configs[1].save_params = folder / name; }, Fault::usage, "is where the results go");
  refused([&](auto& configs) { configs[1].save_params = folder / "nowhere/a"; }, Fault::io, "there is no folder");
  refused([&](auto& configs) { configs[1].save_params = "/proc/a.safetensors"; }, Fault::io, "/proc/a.safetensors");
  refused([&](auto& configs) { configs[2].init_from = folder / "nowhere.safetensors"; }, Fault::missing,
          "nowhere.safetensors");
  write_safetensors(folder / "bad.safetensors",
                    std::vector<NamedTensor>{{"fc.bias", {1}, {std::numeric_limits<float>::quiet_NaN()}}});
  refused([&](auto& configs) { configs[2].init_from = folder / "bad.safetensors"; }, Fault::data,
          "it lacks: fc.weight");
  refused([](auto& configs) { configs[1].num_epochs = 1'000'001; }, Fault::usage,
          "num_epochs must be 0 to 1000000, not 1000001");
  check_error([&] { runner.run_all({small_run(folder)}, -1); }, Fault::usage, "jobs must be");
  Observer silent;
  Observer* const two[] = {&silent, &silent};
  check_error([&] { runner.run_all({small_run(folder)}, 1, two); }, Fault::usage, "not 2 for 1 runs");
  CHECK(runner.run_all({}).empty());
}

TEST_CASE("run_all: a request to stop is heard before the training begins, too") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 60, 30);
  std::stop_source source;
  source.request_stop();
  std::vector<RunConfig> configs(3, small_run(folder, "mnist_logreg"));
  configs[2].stop = source.get_token();
  check_error([&] { StandardRunner(find_optimizer("SGD")).run_all(configs, 2); }, Fault::interrupted,
              "stopped before the training began; nothing was written");
  CHECK(!std::filesystem::exists(folder / "together"));
}

TEST_CASE("run_all: threads that nobody asked for are the run's share of the cores") {
  const TempDir folder;
  const StandardRunner runner(find_optimizer("SGD"));
  std::vector<RunConfig> configs(2, small_run(folder));
  configs[0].threads = configs[1].threads = 0;
  const int cores = available_cores();
  CHECK(runner.resolve_all({configs[0]})[0].config.threads == cores);
  CHECK(runner.resolve_all(configs)[1].config.threads == (cores == 1 ? 1 : cores / 2));
  CHECK(runner.resolve_all(configs, 1)[1].config.threads == cores);
  configs[0].threads = configs[1].threads = 3;
  CHECK(runner.resolve_all(configs, 2)[1].config.threads == 3);
}

}  // namespace
}  // namespace deepobs
