#include <doctest/doctest.h>

#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "runner/training/standard_runner.h"
#include "tests/runner/results/comparable_result.h"
#include "tests/runner/training/run_in_memory.h"
#include "tests/runner/training/small_set.h"
#include "tests/under_thread_sanitizer.h"

// The same configuration and seed give the same bits: twice, on any number of threads, and beside another run.

namespace deepobs {
namespace {

/// A problem with an optimizer that has state, on random images.
struct Case {
  const char *problem, *dataset, *optimizer;
  double rate;
  std::int64_t batch;
  std::uint32_t train, test;
};

// Rows that are no multiple of anything, so that parallel work is cut unevenly. 3c3d draws an augmentation.
const Case mlp{"mnist_mlp", "mnist", "Adam", 1e-3, 33, 100, 35};
const Case conv_2c2d{"mnist_2c2d", "mnist", "RMSprop", 1e-4, 13, 30, 14};
const Case conv_3c3d{"cifar10_3c3d", "cifar10", "NAdam", 1e-4, 7, 15, 8};
const Case logreg{"mnist_logreg", "mnist", "SGD", 0.1, 50, 170, 60};

RunConfig config_of(const Case& of, const TempDir& folder, int threads) {
  RunConfig config{.testproblem = of.problem,
                   .batch_size = of.batch,
                   .num_epochs = 2,
                   .learning_rate = of.rate,
                   .data_dir = folder.path(),
                   .output_dir = folder / "results",
                   .train_log_interval = 1,
                   .threads = threads};
  // All steps use threads alike: one in each of two epochs shows everything to ThreadSanitizer.
  if (under_thread_sanitizer) config.max_steps_per_epoch = config.eval_batches = 1;
  return config;
}

/// The result and the final parameters of a run, as text.
struct Traces {
  std::string json, parameters;
};
Traces traces_of(const Case& of, const TempDir& folder, int threads, std::int64_t seed = 42) {
  RunConfig config = config_of(of, folder, threads);
  config.random_seed = seed;
  config.save_params = folder / text(of.problem, '-', seed, ".safetensors");
  const RunResult result = StandardRunner(find_optimizer(of.optimizer)).run(config);
  return {comparable(result.json, {"threads"}), content(config.save_params)};
}

void check_equal(const Traces& a, const Traces& b) {
  CHECK(a.json == b.json);
  CHECK((a.parameters == b.parameters));  // binary: not to be printed
}

TEST_CASE("determinism: two runs of one seed write the same but for times, another seed writes another") {
  const TempDir folder;
  write_small_set(folder.path(), mlp.dataset, mlp.train, mlp.test);
  const StandardRunner runner(find_optimizer(mlp.optimizer));
  RunConfig config = config_of(mlp, folder, 2);
  const auto first = comparable(runner.run(config).json), second = comparable(runner.run(config).json);
  CHECK(first == second);
  config.random_seed = 43;
  CHECK(comparable(runner.run(config).json, {"random_seed"}) !=
        comparable(runner.run(config_of(mlp, folder, 2)).json, {"random_seed"}));
}

TEST_CASE("determinism: 1, 2, 3 and 5 threads give the same bits") {
  for (const Case& of : {logreg, mlp, conv_2c2d, conv_3c3d}) {
    INFO(of.problem);
    const TempDir folder;
    write_small_set(folder.path(), of.dataset, of.train, of.test);
    const Traces one = traces_of(of, folder, 1);
    CHECK(one.parameters.size() > 1000);
    for (const int threads : {2, 3, 5}) {
      INFO(threads, " threads");
      check_equal(traces_of(of, folder, threads), one);
    }
  }
}

TEST_CASE("determinism: plain threads give oneTBB's bits") {
  for (const Case& of : {mlp, conv_3c3d}) {
    INFO(of.problem);
    const Dataset data = small_set(of.dataset, of.train, of.test);
    const TempDir nowhere;
    const Run run = resolve(config_of(of, nowhere, 0), find_optimizer(of.optimizer));
    RunInMemory tbb(run, data, {.threads = 3}), plain(run, data, {.threads = 3, .use_tbb = false});
    const RunResult a = tbb.train(), b = plain.train();
    CHECK(a.minibatch_train_losses == b.minibatch_train_losses);
    CHECK(a.test.losses == b.test.losses);
    const auto parameter = [](const RunInMemory& memory, std::size_t p) {
      return memory.storage.parameter(memory.graphs.store.parameters()[p]);
    };
    for (std::size_t p = 0; p < tbb.graphs.store.parameters().size(); ++p)
      CHECK((parameter(tbb, p) == parameter(plain, p)));
  }
}

TEST_CASE("determinism: saved parameters are loaded bit by bit") {
  for (const Case& of : {mlp, conv_2c2d, conv_3c3d}) {
    INFO(of.problem);
    const TempDir folder;
    write_small_set(folder.path(), of.dataset, of.train, of.test);
    const StandardRunner runner(find_optimizer(of.optimizer));
    RunConfig config = config_of(of, folder, 2);
    config.no_logs = true;
    config.save_params = folder / "trained.safetensors";
    const RunResult trained = runner.run(config);

    RunConfig again = config;
    again.num_epochs = 0;
    again.init_from = config.save_params;
    again.save_params = folder / "again.safetensors";
    const RunResult evaluated = runner.run(again);
    CHECK((content(again.save_params) == content(config.save_params)));
    CHECK(evaluated.test.losses.at(0) == trained.test.losses.at(2));  // the test half is evaluated alike each time
    CHECK(evaluated.test.accuracies.at(0) == trained.test.accuracies.at(2));
  }
}

TEST_CASE("determinism: initial parameters from a file train as the same from the seed") {
  const TempDir folder;
  write_small_set(folder.path(), mlp.dataset, mlp.train, mlp.test);
  const StandardRunner runner(find_optimizer(mlp.optimizer));
  RunConfig config = config_of(mlp, folder, 2);
  config.no_logs = true;
  config.num_epochs = 0;
  config.save_params = folder / "initial.safetensors";
  runner.run(config);
  config.num_epochs = 2;
  config.save_params.clear();
  const RunResult drawn = runner.run(config);
  config.init_from = folder / "initial.safetensors";
  const RunResult loaded = runner.run(config);
  CHECK(loaded.minibatch_train_losses == drawn.minibatch_train_losses);
  CHECK(loaded.train.losses == drawn.train.losses);
}

TEST_CASE("determinism: two runs at once are each as alone") {
  const TempDir folder;
  write_small_set(folder.path(), mlp.dataset, mlp.train, mlp.test);
  const Traces alone[] = {traces_of(mlp, folder, 2, 1), traces_of(mlp, folder, 2, 2)};
  CHECK(alone[0].parameters != alone[1].parameters);
  for (int round = 0; round < 3; ++round) {
    Traces together[2];
    std::exception_ptr error[2];
    const auto run = [&](int i) {
      try {
        together[i] = traces_of(mlp, folder, 2, i + 1);
      } catch (...) {
        error[i] = std::current_exception();
      }
    };
    std::thread other(run, 0);
    run(1);
    other.join();
    for (int i = 0; i < 2; ++i) {
      if (error[i]) std::rethrow_exception(error[i]);
      check_equal(together[i], alone[i]);
    }
  }
}

}  // namespace
}  // namespace deepobs
