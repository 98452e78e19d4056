#include "runner/training/session.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <span>

#include "problems/network/parameters_file.h"
#include "tests/error_of.h"
#include "tests/runner/training/plant.h"
#include "tests/runner/training/run_in_memory.h"
#include "tests/runner/training/small_set.h"

// A run that is left and entered again, anywhere, is the run that was never left.

namespace deepobs {
namespace {

constexpr std::int64_t epochs = 3, steps = 5;

const Dataset& digits() {
  static const Dataset data = small_set("mnist", 40, 16);
  return data;
}

/// Asks the run to stop when it has done so many training steps.
struct StopsAfter : Observer {
  explicit StopsAfter(std::int64_t step) : steps_left(step) {}
  void stepped(const Step&) override {
    if (--steps_left == 0) source.request_stop();
  }
  std::stop_source source;
  std::int64_t steps_left;
};

Run described(const std::string& problem, const Optimizer& optimizer) {
  return resolve({.testproblem = problem,
                  .batch_size = 8,
                  .num_epochs = epochs,
                  .learning_rate = 0.05,
                  .lr_sched_epochs = std::vector<double>{1},
                  .lr_sched_factors = std::vector<double>{0.5},
                  .no_logs = true,
                  .train_log_interval = 2},
                 optimizer);
}

/// All that a run leaves behind but times.
struct Left {
  Left(const RunInMemory& memory, const RunResult& made) : result(made) {
    for (const auto& parameter : memory.graphs.store.parameters())
      parameters.push_back(memory.storage.parameter(parameter));
  }
  RunResult result;
  std::vector<std::vector<float>> parameters;
};

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return std::ranges::equal(std::as_bytes(std::span(a)), std::as_bytes(std::span(b)));
}

void check_same(const Left& a, const Left& b) {
  for (const auto curve : {&RunResult::train, &RunResult::test, &RunResult::valid}) {
    CHECK(same_bits((a.result.*curve).losses, (b.result.*curve).losses));
    CHECK(same_bits((a.result.*curve).plain_losses, (b.result.*curve).plain_losses));
    CHECK(same_bits((a.result.*curve).accuracies, (b.result.*curve).accuracies));
  }
  CHECK(same_bits(a.result.minibatch_train_losses, b.result.minibatch_train_losses));
  CHECK(same_bits(a.result.learning_rates, b.result.learning_rates));
  CHECK(a.result.train_seconds.size() == b.result.train_seconds.size());
  CHECK(a.result.eval_seconds.size() == b.result.eval_seconds.size());
  CHECK(a.result.divergence.has_value() == b.result.divergence.has_value());
  if (a.result.divergence && b.result.divergence) {
    CHECK(a.result.divergence->epoch == b.result.divergence->epoch);
    CHECK(a.result.divergence->global_step == b.result.divergence->global_step);
    CHECK(a.result.divergence->first_bad_tensor == b.result.divergence->first_bad_tensor);
  }
  REQUIRE(a.parameters.size() == b.parameters.size());
  for (std::size_t p = 0; p < a.parameters.size(); ++p) CHECK(same_bits(a.parameters[p], b.parameters[p]));
}

Left uninterrupted(const Run& run) {
  RunInMemory memory(run, digits());
  const RunResult result = memory.train();
  return Left(memory, result);
}

/// Stopped again and again, after so many steps of each process, with other numbers of threads.
Left in_pieces(const Run& run, std::int64_t steps_each) {
  std::optional<CheckpointContent> left;
  for (int process = 0;; ++process) {
    REQUIRE(process < 100);
    RunInMemory memory(run, digits(), {.threads = 1 + process % 3});
    StopsAfter observer(steps_each);
    memory.run.config.stop = observer.source.get_token();
    Session session(memory.run, memory.graphs, memory.storage, observer);
    if (left) session.resume(*left);
    try {
      while (!session.done()) session.advance();
      return Left(memory, session.result());
    } catch (const Error& error) {
      REQUIRE(error.fault() == Fault::interrupted);
      left = session.checkpoint();
    }
  }
}

TEST_CASE("session: left after any number of steps and entered again, it gives the same bits") {
  for (const char* name : {"SGD", "Adam", "NAdam"}) {  // no state, slots, carried scalars
    INFO(name);
    const Run run = described("mnist_mlp", find_optimizer(name));
    const Left whole = uninterrupted(run);
    for (std::int64_t each = 1; each <= steps + 2; ++each) {
      INFO(each, " steps at a time");
      check_same(in_pieces(run, each), whole);
    }
  }
}

TEST_CASE("session: held-out examples and file order come back, too") {
  static Problem problem = find_problem("mnist_logreg");
  problem.train_eval_size = 16;
  for (const auto order : {DataOrder::shuffled, DataOrder::sequential}) {
    Run run = described("mnist_logreg", find_optimizer("SGD"));
    run.problem = &problem;
    run.config.validation = true;
    run.config.data_order = order;
    const Left whole = uninterrupted(run);
    CHECK(whole.result.valid.losses.size() == epochs + 1);
    for (const std::int64_t each : {1, 2, 4}) check_same(in_pieces(run, each), whole);
  }
}

TEST_CASE("session: a divergence is the same, whether it comes before or after the run was left") {
  static std::int64_t at = 0;
  for (at = 5; at < 10; ++at)  // in the second epoch; NaN stays NaN
    for (std::int64_t each = 4; each <= 11; ++each) {
      INFO("NaN at step ", at, ", ", each, " steps at a time");
      const Run run = described("mnist_logreg", planting_sgd(0, at));
      const Left whole = uninterrupted(run);
      REQUIRE(whole.result.divergence.has_value());
      check_same(in_pieces(run, each), whole);
    }
}

TEST_CASE("session: a checkpoint that does not fit is refused before anything is changed") {
  const Run run = described("mnist_logreg", find_optimizer("Adam"));
  RunInMemory memory(run, digits());
  Observer silent;
  CheckpointContent good;
  {
    StopsAfter observer(7);
    memory.run.config.stop = observer.source.get_token();
    Session session(memory.run, memory.graphs, memory.storage, observer);
    CHECK_THROWS_AS(while (!session.done()) session.advance(), Error);
    good = session.checkpoint();
    CHECK(session.position() == Position{1, true, 2});
  }
  memory.run.config.stop = {};
  const auto refused = [&](auto change, const char* why) {
    CheckpointContent bad = good;
    change(bad);
    Session session(memory.run, memory.graphs, memory.storage, silent);
    check_error([&] { session.resume(bad); }, Fault::data, why);
    CHECK(session.position() == Position{});
  };
  const auto tensor = [](CheckpointContent& of, const std::string& name) -> StoredTensor& {
    return *std::ranges::find(of.tensors, name, &StoredTensor::name);
  };
  refused([](CheckpointContent& of) { of.texts.erase("epoch"); }, "epoch is no number of 0 to 3");
  refused([](CheckpointContent& of) { of.texts["epoch"] = "4"; }, "epoch is no number of 0 to 3");
  refused([](CheckpointContent& of) { of.texts["epoch"] = "2"; }, "lists do not fit its epoch 2");
  refused([](CheckpointContent& of) { of.texts["step"] = "5"; }, "step is no number of 0 to 4");
  refused([](CheckpointContent& of) { of.texts["step"] = "3"; }, "'objectives' has 2 values");
  refused([&](CheckpointContent& of) { tensor(of, "state.parameters").name = "state.others"; },
          "has no tensor 'state.parameters'");
  refused([&](CheckpointContent& of) { tensor(of, "state.parameters").dtype = "I32"; }, "does not fit this run");
  refused([&](CheckpointContent& of) { tensor(of, "state.parameters").shape.push_back(1); }, "does not fit this run");
  Session session(memory.run, memory.graphs, memory.storage, silent);
  session.resume(good);
  CHECK(session.position() == Position{1, true, 2});
  while (!session.done()) session.advance();
  check_error([&] { session.advance(); }, Fault::usage, "there is no further piece");
}

}  // namespace
}  // namespace deepobs
