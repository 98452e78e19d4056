#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/l2_penalty.h"
#include "runner/training/batch_order.h"
#include "runner/training/session.h"
#include "tests/error_of.h"
#include "tests/golden/hash_values.h"
#include "tests/runner/training/run_in_memory.h"
#include "tests/runner/training/small_set.h"

// The protocol of a run: what is evaluated and logged when, over which rows, with which learning rate.

namespace deepobs {
namespace {

using List = std::vector<double>;

/// mnist_logreg on 50 + 20 random digits: six steps of eight rows in an epoch, two rows are left over.
const Dataset& digits() {
  static const Dataset data = small_set("mnist", 50, 20);
  return data;
}

RunConfig short_run(std::int64_t epochs = 2) {
  return {.testproblem = "mnist_logreg",
          .batch_size = 8,
          .num_epochs = epochs,
          .learning_rate = 0.1,
          .no_logs = true,
          .train_log_interval = 1};
}

RunConfig in_file_order(RunConfig config) {
  config.data_order = DataOrder::sequential;
  return config;
}

Run described(const RunConfig& config) { return resolve(config, find_optimizer("SGD")); }

/// Sets all parameters to hashed numbers, so that no two examples have the same loss.
void set_parameters(RunInMemory& memory) {
  for (std::uint64_t stream = 0; const auto& parameter : memory.graphs.store.parameters())
    memory.storage.set_parameter(parameter,
                                 hash_scaled(++stream, static_cast<std::size_t>(parameter.shape.elements()), 0.1f));
}

RunResult trained(const RunConfig& config, const Dataset& data = digits()) {
  RunInMemory memory(described(config), data);
  set_parameters(memory);
  return memory.train();
}

TEST_CASE("train: the lists have DeepOBS's lengths, and the logged steps count from each epoch's start") {
  for (const std::int64_t epochs : {0, 1, 3}) {
    const RunResult all = trained(short_run(epochs));
    for (const std::int64_t interval : {1, 2, 4, 5, 6, 7, 1'000'000}) {
      INFO(epochs, " epochs, every ", interval, " steps");
      RunConfig config = short_run(epochs);
      config.train_log_interval = interval;
      const RunResult result = trained(config);
      for (const Curve* curve : {&result.train, &result.test})
        for (const List* list : {&curve->losses, &curve->plain_losses, &curve->accuracies})
          CHECK(list->size() == static_cast<std::size_t>(epochs) + 1);
      List expected;
      for (std::int64_t epoch = 0; epoch < epochs; ++epoch)
        for (std::int64_t step = 0; step < 6; step += interval)
          expected.push_back(all.minibatch_train_losses[static_cast<std::size_t>(epoch * 6 + step)]);
      CHECK(expected.size() == static_cast<std::size_t>(epochs * ((6 + interval - 1) / interval)));
      CHECK(result.minibatch_train_losses == expected);
      CHECK(result.test.losses == all.test.losses);
      CHECK(result.learning_rates == List(static_cast<std::size_t>(epochs), 0.1));
      CHECK(result.train_seconds.size() == static_cast<std::size_t>(epochs));
      CHECK(result.eval_seconds.size() == static_cast<std::size_t>(epochs) + 1);
      CHECK(!result.divergence);
    }
  }
}

/// What an observer is told, in words.
struct Story : Observer {
  std::vector<std::string> lines;
  void evaluating(std::int64_t epoch, std::int64_t epochs) override {
    lines.push_back(text("at ", epoch, "/", epochs));
  }
  void evaluated(Phase phase, double, double, bool accuracy) override {
    lines.push_back(text(phase == Phase::train_eval ? "train" : "test", accuracy ? "" : " without accuracy"));
  }
  void learning_rate_set(double rate) override { lines.push_back(text("rate ", rate)); }
  void stepped(const Step& step) override { lines.push_back(text("step ", step.epoch, ".", step.step)); }
  void logged(std::int64_t epoch, std::int64_t step, double) override {
    lines.push_back(text("logged ", epoch, ".", step));
  }
};

TEST_CASE("train: evaluate, set the rate, train, evaluate again") {
  RunConfig config = short_run(3);
  config.max_steps_per_epoch = 2;
  config.lr_sched_epochs = {{2}};
  config.lr_sched_factors = {{0.5}};
  RunInMemory memory(described(config), digits());
  Story story;
  memory.train(story);
  CHECK(story.lines == std::vector<std::string>{"at 0/3",   "train",    "test",   "rate 0.1", "step 0.0",
                                                "step 0.1", "at 1/3",   "train",  "test",     "step 1.0",
                                                "step 1.1", "at 2/3",   "train",  "test",     "rate 0.05",
                                                "step 2.0", "step 2.1", "at 3/3", "train",    "test"});
}

TEST_CASE("train: print_train_iter tells of every logged step when it is done, with its objective") {
  struct Printed : Story {
    List losses;
    void logged(std::int64_t epoch, std::int64_t step, double loss) override {
      Story::logged(epoch, step, loss);
      losses.push_back(loss);
    }
  } printed;
  RunConfig config = short_run(2);
  config.print_train_iter = true;
  config.train_log_interval = 4;
  RunInMemory memory(described(config), digits());
  const RunResult result = memory.train(printed);
  CHECK(printed.losses == result.minibatch_train_losses);
  const auto at = std::ranges::find(printed.lines, "logged 0.4");
  REQUIRE(at != printed.lines.end());
  CHECK(*(at - 1) == "step 0.4");
}

TEST_CASE("train: a rate of the schedule holds from the step after that many epochs on") {
  RunConfig config = in_file_order(short_run(4));
  config.lr_sched_epochs = {{1, 3}};
  config.lr_sched_factors = {{0, 1}};
  const List losses = trained(config).minibatch_train_losses;
  const auto epoch = [&](int e) { return List(losses.begin() + 6 * e, losses.begin() + 6 * (e + 1)); };
  CHECK(epoch(0) != epoch(1));                  // learns
  CHECK(epoch(1) == epoch(2));                  // rests: the same rows, the same parameters
  CHECK(epoch(3).front() == epoch(2).front());  // still as it was before the first step
  CHECK(epoch(3).back() != epoch(2).back());    // learns again
  CHECK(trained(config).learning_rates == List{0.1, 0, 0, 0.1});
}

TEST_CASE("train: learning rate 0 leaves everything as it is") {
  RunConfig config = in_file_order(short_run(3));
  config.learning_rate = 0;
  RunInMemory memory(described(config), digits());
  set_parameters(memory);
  const auto before = memory.storage.parameter(memory.graphs.store.parameters()[0]);
  const RunResult result = memory.train();
  CHECK(memory.storage.parameter(memory.graphs.store.parameters()[0]) == before);
  CHECK(result.train.losses == List(4, result.train.losses[0]));
  CHECK(result.test.accuracies == List(4, result.test.accuracies[0]));
}

TEST_CASE("train: logistic regression starts at ln 10 and guesses class 0") {
  RunConfig config = in_file_order(short_run(0));
  config.batch_size = 10;  // no rows left over
  RunInMemory memory(described(config), digits());
  const RunResult result = memory.train();
  CHECK(std::abs(result.train.losses[0] - std::numbers::ln10) <= 0x1p-22);  // one ulp
  CHECK(std::abs(result.test.losses[0] - std::numbers::ln10) <= 0x1p-22);
  const auto share = [](const Split& half) {
    return static_cast<double>(std::ranges::count(half.values<std::int32_t>(1), 0)) / static_cast<double>(half.count);
  };
  CHECK(std::abs(result.train.accuracies[0] - share(digits().train)) < 1e-7);
  CHECK(std::abs(result.test.accuracies[0] - share(digits().test)) < 1e-7);
}

/// Every training example's own loss under fixed parameters, in file order.
List losses_one_by_one() {
  RunConfig config = in_file_order(short_run(1));
  config.batch_size = 1;
  config.learning_rate = 0;
  return trained(config).minibatch_train_losses;
}

TEST_CASE("train: sequential batch k is rows k B ... k B + B - 1") {
  const List each = losses_one_by_one();
  REQUIRE(each.size() == 50);
  RunConfig config = in_file_order(short_run(2));
  config.learning_rate = 0;
  const List batches = trained(config).minibatch_train_losses;
  REQUIRE(batches.size() == 12);
  for (std::size_t k = 0; k < 12; ++k) {
    double mean = 0;
    for (std::size_t i = 0; i < 8; ++i) mean += each[k % 6 * 8 + i] / 8;
    // Single losses and the mean are rounded to float once each: two units of 2^-24 of losses that are all positive.
    CHECK(std::abs(batches[k] - mean) <= 4 * 0x1p-24 * mean);
  }
}

TEST_CASE("train: every epoch takes every row once, in a new order that the seed decides") {
  List each = losses_one_by_one();
  std::ranges::sort(each);
  CHECK(std::ranges::adjacent_find(each) == each.end());  // a loss tells its row
  RunConfig config = short_run(3);
  config.batch_size = 1;
  config.learning_rate = 0;
  const List losses = trained(config).minibatch_train_losses;
  REQUIRE(losses.size() == 150);
  std::vector<List> epochs;
  for (int e = 0; e < 3; ++e) {
    epochs.emplace_back(losses.begin() + 50 * e, losses.begin() + 50 * (e + 1));
    List sorted = epochs.back();
    std::ranges::sort(sorted);
    CHECK(sorted == each);
  }
  CHECK(epochs[0] != epochs[1]);
  CHECK(epochs[1] != epochs[2]);
  CHECK(epochs[0] != epochs[2]);
  CHECK(trained(config).minibatch_train_losses == losses);
  config.random_seed = 43;
  CHECK(trained(config).minibatch_train_losses != losses);
}

TEST_CASE("train: the last, incomplete batch is dropped, in training and in evaluation") {
  Dataset changed = digits();
  const auto blacken = [](Split& half, std::int64_t from) {
    std::fill(half.values<std::uint8_t>(0).begin() + from * 784, half.values<std::uint8_t>(0).end(), std::uint8_t{0});
    std::fill(half.values<std::int32_t>(1).begin() + from, half.values<std::int32_t>(1).end(), 9);
  };
  blacken(changed.train, 48);
  blacken(changed.test, 16);
  const RunConfig config = in_file_order(short_run(2));
  const RunResult with = trained(config), without = trained(config, changed);
  CHECK(with.minibatch_train_losses == without.minibatch_train_losses);
  CHECK(with.train.losses == without.train.losses);
  CHECK(with.test.losses == without.test.losses);
  CHECK(with.test.accuracies == without.test.accuracies);
  blacken(changed.test, 15);  // this row counts
  CHECK(trained(config, changed).test.losses != with.test.losses);
}

TEST_CASE("train: max_steps_per_epoch and eval_batches take the beginning") {
  const RunResult whole = trained(in_file_order(short_run(1)));
  RunConfig config = in_file_order(short_run(1));
  config.max_steps_per_epoch = 4;
  config.eval_batches = 1;
  const RunResult part = trained(config);
  CHECK(part.minibatch_train_losses ==
        List(whole.minibatch_train_losses.begin(), whole.minibatch_train_losses.begin() + 4));
  CHECK(part.train.losses[0] == whole.minibatch_train_losses[0]);  // the first batch alone
  CHECK(part.test.losses[0] != whole.test.losses[0]);
  config.max_steps_per_epoch = config.eval_batches = 1000;  // more than there are
  CHECK(trained(config).test.losses == whole.test.losses);
  CHECK(trained(config).minibatch_train_losses == whole.minibatch_train_losses);
}

TEST_CASE("train: batches of one row and of the whole set, a batch that does not fit is refused") {
  RunConfig config = short_run(1);
  config.batch_size = 20;
  CHECK(trained(config).test.losses.size() == 2);
  config.batch_size = 21;
  check_error([&] { trained(config); }, Fault::usage, "batch_size 21 is more than the 20 examples of the test set");
  const Dataset more_tests = small_set("mnist", 50, 60);
  config.batch_size = 50;
  CHECK(trained(config, more_tests).minibatch_train_losses.size() == 1);
  config.batch_size = 51;
  check_error([&] { trained(config, more_tests); }, Fault::usage,
              "batch_size 51 is more than the 50 examples of the training set");
}

/// mnist_logreg whose outputs somebody changes.
Problem with_outputs(const std::function<void(Layers&, Outputs&)>& change) {
  Problem problem = find_problem("mnist_logreg");
  problem.record = [record = problem.record, change](Layers& layers, const Batch& batch) {
    Outputs outputs = record(layers, batch);
    change(layers, outputs);
    return outputs;
  };
  return problem;
}

RunResult trained_on(const Problem& problem) {
  Run run = described(in_file_order(short_run()));
  run.problem = &problem;
  RunInMemory memory(run, digits());
  set_parameters(memory);
  return memory.train();
}

TEST_CASE("train: a problem has the metrics that it records: none, an accuracy, others of any name") {
  const auto none = with_outputs([](Layers&, Outputs& outputs) { outputs.metrics.clear(); });
  const RunResult without = trained_on(none), with = trained(in_file_order(short_run()));
  CHECK(without.test.accuracies.empty());
  CHECK(without.test.losses == with.test.losses);
  REQUIRE(with.test.accuracies.size() == 3);
  CHECK(with.test.further_metrics.empty());

  const auto more = with_outputs([](Layers&, Outputs& outputs) {
    outputs.metrics.push_back({"doubled loss", scale(outputs.losses, 2)});
  });
  const RunResult result = trained_on(more);
  CHECK(result.test.accuracies == with.test.accuracies);
  REQUIRE(result.train.further_metrics.size() == 1);
  CHECK(result.train.further_metrics[0].first == "doubled loss");
  for (const Curve* curve : {&result.train, &result.test}) {
    List halved = curve->further_metrics.at(0).second;
    for (double& value : halved) value /= 2;
    CHECK(halved == curve->plain_losses);
  }
  const auto twice = with_outputs([](Layers&, Outputs& outputs) { outputs.metrics.push_back(outputs.metrics[0]); });
  check_error([&] { trained_on(twice); }, Fault::usage, "a problem has two metrics 'accuracy'");
}

TEST_CASE("train: a penalty is in the objective, its gradient included, and not in the plain loss") {
  const auto pull = with_outputs([](Layers& layers, Outputs& outputs) {
    outputs.penalties.push_back(l2_penalty(layers.kernels(), 0.25));
    outputs.penalties.push_back(l2_penalty(layers.kernels(), 0.25));
  });
  const auto with_decay = [&] {
    Problem problem = find_problem("mnist_logreg");
    problem.weight_decay = 0.5;
    return problem;
  }();
  const RunResult result = trained_on(pull);
  Run run = described(in_file_order(short_run()));
  run.problem = &with_decay;
  run.weight_decay = 0.5;
  RunInMemory memory(run, digits());
  set_parameters(memory);
  const RunResult same = memory.train();
  // Halves of one penalty, rounded each: the curves part by roundings alone.
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(std::abs(result.train.losses[i] - same.train.losses[i]) <= 1e-5 * same.train.losses[i]);
    CHECK(std::abs(result.train.plain_losses[i] - same.train.plain_losses[i]) <= 1e-5 * same.train.plain_losses[i]);
    CHECK(result.train.losses[i] > 1.01 * result.train.plain_losses[i]);
  }
  CHECK(result.train.plain_losses[2] != trained(in_file_order(short_run())).train.plain_losses[2]);
  const auto rows = with_outputs([](Layers&, Outputs& outputs) { outputs.penalties.push_back(outputs.losses); });
  check_error([&] { trained_on(rows); }, Fault::usage, "a penalty of a problem must be a scalar [], not [8]");
}

TEST_CASE("train: the evaluated part of the training set is drawn anew for every evaluation") {
  struct Rows : Observer {
    explicit Rows(const RunInMemory& run) : memory(run) {}
    void evaluated(Phase phase, double, double, bool) override {
      if (phase != Phase::train_eval) return;
      drawn.emplace_back(10);
      memory.storage.read(memory.graphs.train_eval.order, std::span(drawn.back()));
    }
    const RunInMemory& memory;
    std::vector<std::vector<std::int32_t>> drawn;
  };
  Problem problem = find_problem("mnist_logreg");
  problem.train_eval_size = 10;
  const auto rows_of = [&](const RunConfig& config) {
    Run run = described(config);
    run.problem = &problem;
    RunInMemory memory(run, digits());
    Rows rows(memory);
    memory.train(rows);
    return rows.drawn;
  };
  const auto rows = rows_of(short_run(3));
  REQUIRE(rows.size() == 4);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto sorted = rows[i];
    std::ranges::sort(sorted);
    CHECK(std::ranges::adjacent_find(sorted) == sorted.end());
    CHECK(sorted.front() >= 0);
    CHECK(sorted.back() < 50);
    for (std::size_t j = 0; j < i; ++j) CHECK(rows[i] != rows[j]);
  }
  for (const auto& drawn : rows_of(in_file_order(short_run(2)))) CHECK(drawn == file_order(10));
}

/// One half of lambda times the sum of squares of all weights, in double.
double regulariser(const RunInMemory& memory, double weight_decay) {
  double squares = 0;
  for (const auto& parameter : memory.graphs.store.parameters())
    if (parameter.name.ends_with(".weight"))
      for (const float w : memory.storage.parameter(parameter)) squares += double{w} * w;
  return 0.5 * weight_decay * squares;
}

TEST_CASE("train: losses are reported with the regulariser, and without it beside") {
  const Dataset images = small_set("cifar10", 8, 4);
  for (const std::optional<double> given : {std::optional<double>(), std::optional(0.1), std::optional(0.)}) {
    RunConfig config = short_run(1);
    config.testproblem = "cifar10_3c3d";
    config.batch_size = 4;
    config.learning_rate = 0;
    config.weight_decay = given;
    RunInMemory memory(described(config), images);
    const double expected = regulariser(memory, given.value_or(0.002));
    const RunResult result = memory.train();
    INFO("expected regulariser ", expected);
    // The objective, near 4, is rounded to float, and the plain loss as well.
    const double rounding = 8 * 0x1p-24 * (expected + 3);
    for (const Curve* curve : {&result.train, &result.test})
      for (std::size_t i = 0; i < 2; ++i)
        CHECK(std::abs(curve->losses[i] - curve->plain_losses[i] - expected) <= rounding);
    if (given == 0.) CHECK(result.train.losses == result.train.plain_losses);
  }
}

TEST_CASE("train: the logged objective has the regulariser, and weight decay pulls the weights to zero") {
  const Dataset images = small_set("cifar10", 4, 4);
  RunConfig config = in_file_order(short_run(1));
  config.testproblem = "cifar10_3c3d";
  config.batch_size = 4;
  config.learning_rate = 1e-3;
  const auto after = [&](double weight_decay) {
    config.weight_decay = weight_decay;
    RunInMemory memory(described(config), images);
    const double before = regulariser(memory, 2);
    const RunResult result = memory.train();
    CHECK(result.minibatch_train_losses[0] == result.train.losses[0]);
    return std::pair(before, regulariser(memory, 2));
  };
  const auto [before, plain] = after(0);
  const auto [same, decayed] = after(1);
  CHECK(before == same);
  // One step shrinks every weight by rate * lambda = 1e-3 and moves it along the same gradient: to first order the sum
  // of squares is smaller by 2e-3 of itself.
  CHECK(std::abs((plain - decayed) / before - 2e-3) < 1e-4);
}

TEST_CASE("train: a problem without regulariser ignores weight_decay and says so") {
  RunConfig config = short_run(1);
  config.weight_decay = 0.5;
  const Run run = described(config);
  REQUIRE(run.warnings.size() == 1);
  CHECK(run.warnings[0].starts_with("WARNING: Weight decay is non-zero but no weight decay is used for this"));
  RunInMemory memory(run, digits());
  set_parameters(memory);
  const RunResult result = memory.train();
  CHECK(result.train.losses == result.train.plain_losses);
  CHECK(result.train.losses == trained(short_run(1)).train.losses);
}

TEST_CASE("train: a run that is asked to stop ends at that step") {
  struct Stopper : Observer {
    std::stop_source source;
    int steps = 0;
    void stepped(const Step&) override {
      if (++steps == 8) source.request_stop();
    }
  } stopper;
  RunConfig config = short_run(5);
  config.stop = stopper.source.get_token();
  RunInMemory memory(described(config), digits());
  check_error([&] { memory.train(stopper); }, Fault::interrupted, "stopped after 1 of 5 epochs");
  CHECK(stopper.steps == 8);
}

}  // namespace
}  // namespace deepobs
