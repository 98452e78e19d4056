#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <span>
#include <stop_token>

#include "kernels/ops/loss/softmax_xent.h"
#include "kernels/ops/shape/reshape.h"
#include "kernels/update/step_driver.h"
#include "problems/network/parameters_file.h"
#include "runner/results/caught.h"
#include "runner/training/session.h"
#include "runner/training/standard_runner.h"
#include "tests/error_of.h"
#include "tests/kernels/update/own_rules.h"
#include "tests/runner/training/left_run.h"
#include "tests/runner/training/plant.h"
#include "tests/runner/training/run_in_memory.h"
#include "tests/runner/training/small_set.h"

// Runs with optimizers whose step is more than an elementwise rule.

namespace deepobs {
namespace {

using namespace test;

/// Dropout, running statistics and a state that is carried from one mini-batch to the next.
const Problem& with_state() {
  static const Problem problem = [] {
    Problem made = find_problem("mnist_mlp");
    made.record = classification([](Layers& layers, Value images) {
      Value x = reshape(images, {images.dim(0), 28, 28});
      x = flatten(layers.lstm("lstm", x, {.units = 4}));
      x = layers.batch_norm("norm", layers.dense("hidden", x, {.units = 12}), {.activation = Activation::relu});
      return layers.dense("out", layers.dropout("dropout", x, 0.25), {.units = 10});
    });
    return made;
  }();
  return problem;
}

/// Descent on the host that evaluates so often at each point.
Optimizer host_descent(int evaluations) {
  return own_optimizer("HostDescent", {.record = [](UpdateScope&) {},
                                       .drive =
                                           [=](StepDriver& step) {
                                             for (int i = 0; i < evaluations; ++i) step.evaluate();
                                             const auto now = step.parameters();
                                             std::vector<float> p(now.begin(), now.end());
                                             const auto g = step.gradients();
                                             const auto rate = static_cast<float>(step.step().learning_rate);
                                             for (std::size_t i = 0; i < p.size(); ++i) p[i] -= rate * g[i];
                                             step.set_parameters(p);
                                           }});
}

/// Hands everything on, and asks the run to stop when `left` evaluations are over.
class StopsWithin final : public StepDriver {
 public:
  StopsWithin(StepDriver& inner, int& left, std::stop_source& source) : inner_(inner), left_(left), source_(source) {}
  const StepBlock& step() const override { return inner_.step(); }
  double evaluate() override {
    if (--left_ == 0) source_.request_stop();
    return inner_.evaluate();
  }
  std::int64_t evaluations() const override { return inner_.evaluations(); }
  std::span<const float> parameters() override { return inner_.parameters(); }
  std::span<const float> gradients() override { return inner_.gradients(); }
  void set_parameters(std::span<const float> values) override { inner_.set_parameters(values); }
  std::vector<double> numbers(const std::string& state) override { return inner_.numbers(state); }
  void set_numbers(const std::string& state, std::span<const double> values) override {
    inner_.set_numbers(state, values);
  }
  std::span<const float> row(const std::string& state, std::int64_t row) override { return inner_.row(state, row); }
  void set_row(const std::string& state, std::int64_t row, std::span<const float> values) override {
    inner_.set_row(state, row, values);
  }

 private:
  StepDriver& inner_;
  int& left_;
  std::stop_source& source_;
};

Run described(const Optimizer& optimizer, std::vector<NamedValue> hyperparameters = {}) {
  Run run = resolve({.testproblem = "mnist_mlp",
                     .batch_size = 8,
                     .num_epochs = 2,
                     .learning_rate = 0.05,
                     .hyperparameters = std::move(hyperparameters),
                     .no_logs = true,
                     .train_log_interval = 1},
                    optimizer);
  run.problem = &with_state();
  return run;
}

TEST_CASE("methods: any number of threads, and a run that is left and entered again, give the same bits") {
  const std::vector<Run> runs{
      described(lookahead(3, true)), described(sharpness_aware(0.1)), described(find_optimizer("ScheduleFreeAdamW")),
      described(find_optimizer("LBFGS"), {{"max_iter", std::int64_t{3}}, {"history_size", std::int64_t{2}}}),
      described(find_optimizer("LBFGS"),
                {{"max_iter", std::int64_t{2}}, {"line_search_fn", std::string("strong_wolfe")}})};
  for (const Run& run : runs) {
    INFO(run.optimizer->name);
    const LeftRun whole = uninterrupted(run, few_digits());
    CHECK(whole.result.train.losses.size() == 3);
    for (const double loss : whole.result.train.losses) CHECK(std::isfinite(loss));
    for (const int threads : {2, 3}) check_same(uninterrupted(run, few_digits(), threads), whole);
    for (const std::int64_t each : {1, 2, 3, 7}) {
      INFO(each, " steps at a time");
      check_same(in_pieces(run, few_digits(), each), whole);
    }
  }
}

TEST_CASE("methods: a run that is left within a step stands behind the last one, and goes on with the same bits") {
  int left = 0;
  std::stop_source source;
  Optimizer stopping = find_optimizer("LBFGS");
  stopping.name = "StoppingLBFGS";
  stopping.configure = [&, configure = stopping.configure](const Hyperparameters& h) {
    Method method = configure(h);
    method.drive = [&, drive = method.drive](StepDriver& step) {
      StopsWithin watched(step, left, source);
      drive(watched);
    };
    return method;
  };
  // Up to 25 evaluations a step; rows of the memory are overwritten within one.
  Run run = described(stopping, {{"history_size", std::int64_t{3}}, {"line_search_fn", std::string("strong_wolfe")}});
  const LeftRun whole = uninterrupted(run, few_digits());
  std::set<std::int64_t> steps;
  std::optional<CheckpointContent> checkpoint;
  for (int process = 0;; ++process) {
    REQUIRE(process < 100);
    source = std::stop_source();
    left = 27 + process % 5;  // a step is done before
    RunInMemory memory(run, few_digits(), {.threads = 1 + process % 3});
    memory.run.config.stop = source.get_token();
    Observer silent;
    Session session(memory.run, memory.graphs, memory.storage, silent);
    if (checkpoint) session.resume(*checkpoint);
    const auto error = caught([&] {
      while (!session.done()) session.advance();
    });
    if (!error) {
      LeftRun end{session.result(), {}};
      for (const auto& [name, bytes] : whole.state) {
        end.state.emplace_back(name, std::vector<std::byte>(bytes.size()));
        memory.storage.read(memory.graphs.store.find(name), std::span(end.state.back().second));
      }
      check_same(end, whole);
      break;
    }
    REQUIRE(error->fault() == Fault::interrupted);
    checkpoint = session.checkpoint();
    steps.insert(session.position().epoch * 5 + session.position().step);
  }
  CHECK(steps.size() >= 3);
}

TEST_CASE("methods: a memory that the run does not fill is the same whether there is room for more or not") {
  const auto with = [](std::int64_t history_size) {
    return uninterrupted(
        described(find_optimizer("LBFGS"), {{"max_iter", std::int64_t{3}}, {"history_size", history_size}}),
        few_digits());
  };
  const LeftRun exact = with(30), large = with(10'000);  // 2 epochs of 5 steps of 3 iterations
  CHECK(large.result.minibatch_train_losses == exact.result.minibatch_train_losses);
  CHECK(large.state == exact.state);
}

TEST_CASE("methods: a run whose result was there already knows how often it evaluated") {
  const TempDir folder;
  write_small_set(folder.path(), "mnist", 40, 16);
  const StandardRunner runner(find_optimizer("LBFGS"), {{"max_iter", std::int64_t{2}}});
  const RunConfig config{.testproblem = "mnist_logreg",
                         .batch_size = 8,
                         .num_epochs = 1,
                         .learning_rate = 0.1,
                         .data_dir = folder.path(),
                         .output_dir = folder / "results",
                         .threads = 1,
                         .resume = true};
  const RunResult first = runner.run(config), again = runner.run(config);
  REQUIRE(again.was_there);
  CHECK(first.gradient_evaluations == 10);
  CHECK(again.gradient_evaluations == first.gradient_evaluations);
}

TEST_CASE("methods: evaluated weights are seen by evaluations and written to files; training never knows of them") {
  const Run run = described(lookahead(3, true));
  RunInMemory with(run, few_digits()), without(described(lookahead(3, false)), few_digits());
  const RunResult evaluated = with.train(), plain = without.train();
  CHECK(evaluated.minibatch_train_losses == plain.minibatch_train_losses);
  CHECK(evaluated.test.losses.front() == plain.test.losses.front());  // both begin with the same weights
  CHECK(evaluated.test.losses.back() != plain.test.losses.back());
  const TempDir folder;
  save_parameters(folder.path() / "end.safetensors", with.storage, with.graphs.train.method.evaluated);
  const auto saved = read_parameters(folder.path() / "end.safetensors", with.graphs.store);
  for (const auto& parameter : with.graphs.store.parameters()) {
    CHECK(with.storage.parameter(parameter) ==
          without.storage.parameter(
              *std::ranges::find(without.graphs.store.parameters(), parameter.name, &Store::Parameter::name)));
    const auto at = std::ranges::find(saved, parameter.name, &NamedTensor::name);
    REQUIRE(at != saved.end());
    CHECK(at->values != with.storage.parameter(parameter));
  }
  // The file's weights make the losses that were reported.
  RunInMemory again(described(descent()), few_digits());
  load_parameters(folder.path() / "end.safetensors", again.storage);
  Observer silent;
  Session session(again.run, again.graphs, again.storage, silent);
  session.advance();
  CHECK(session.result().test.losses.front() == evaluated.test.losses.back());
}

double farthest(const LeftRun& a, const LeftRun& b, std::string_view name) {
  const auto of = [&](const LeftRun& left) {
    const auto at = std::ranges::find(left.state, name, [](const auto& each) { return each.first; });
    REQUIRE(at != left.state.end());
    std::vector<float> values(at->second.size() / sizeof(float));
    std::ranges::copy(at->second, std::as_writable_bytes(std::span(values)).begin());
    return values;
  };
  const auto left = of(a), right = of(b);
  double most = 0;
  for (std::size_t i = 0; i < left.size(); ++i) most = std::max(most, std::fabs(double{left[i]} - right[i]));
  return most;
}

TEST_CASE("methods: a further evaluation at the same weights has the same masks, and touches nothing else") {
  const LeftRun once = uninterrupted(described(descent()), few_digits()),
                twice = uninterrupted(described(sharpness_aware(0)), few_digits());
  // The gradients are recorded in another way, so they are rounded elsewhere; another mask would be far off.
  for (const char* state : {"parameters", "norm.running_mean", "norm.running_var", "lstm.h", "lstm.c"}) {
    INFO(state);
    CHECK(farthest(once, twice, state) < 1e-5);
  }
  CHECK(twice.result.gradient_evaluations == 20);
  CHECK_FALSE(once.result.gradient_evaluations.has_value());
  const LeftRun far = uninterrupted(described(sharpness_aware(0.5)), few_digits());
  CHECK(farthest(once, far, "parameters") > 1e-4);
}

TEST_CASE("methods: evaluations of the host's, too, touch running statistics, carried state and log once a step") {
  const LeftRun plain = uninterrupted(described(descent()), few_digits()),
                once = uninterrupted(described(host_descent(1)), few_digits());
  for (const int evaluations : {2, 3}) {
    const LeftRun often = uninterrupted(described(host_descent(evaluations)), few_digits());
    CHECK(often.result.minibatch_train_losses == once.result.minibatch_train_losses);
    CHECK(often.result.gradient_evaluations == 10 * evaluations);
    for (const auto& [name, bytes] : once.state)
      if (name != "optimizer.evaluations")
        CHECK(std::ranges::find(often.state, std::pair(name, bytes)) != often.state.end());
  }
  CHECK(once.result.minibatch_train_losses == plain.result.minibatch_train_losses);
  CHECK(once.state.front() == plain.state.front());  // the parameters
}

TEST_CASE("methods: a divergence is found, named and repeated from checkpoints") {
  Run run = described(sharpness_aware(0.1));
  run.learning_rate = 1e30;
  run.schedule = Schedule(1e30);
  const LeftRun whole = uninterrupted(run, few_digits());
  REQUIRE(whole.result.divergence.has_value());
  CHECK(!whole.result.divergence->first_bad_tensor.empty());
  check_same(in_pieces(run, few_digits(), 2), whole);
}

TEST_CASE("kinds: layers say what their parameters are") {
  const TrainingGraphs graphs(described(descent()), few_digits());
  std::vector<std::pair<std::string, ParameterKind>> kinds;
  for (const auto& parameter : graphs.store.parameters()) kinds.emplace_back(parameter.name, parameter.kind);
  using enum ParameterKind;
  CHECK(kinds == std::vector<std::pair<std::string, ParameterKind>>{{"lstm.weight_ih", matrix},
                                                                    {"lstm.weight_hh", matrix},
                                                                    {"lstm.bias", bias},
                                                                    {"hidden.weight", matrix},
                                                                    {"hidden.bias", bias},
                                                                    {"norm.weight", norm},
                                                                    {"norm.bias", norm},
                                                                    {"out.weight", head},
                                                                    {"out.bias", bias}});
}

}  // namespace
}  // namespace deepobs
