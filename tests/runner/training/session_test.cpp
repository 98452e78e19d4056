#include "runner/training/session.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <span>

#include "problems/network/parameters_file.h"
#include "tests/error_of.h"
#include "tests/runner/training/left_run.h"
#include "tests/runner/training/plant.h"
#include "tests/runner/training/run_in_memory.h"
#include "tests/runner/training/small_set.h"

// A run that is left and entered again, anywhere, is the run that was never left.

namespace deepobs {
namespace {

using namespace test;

constexpr std::int64_t epochs = 3, steps = 5;

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

TEST_CASE("session: left after any number of steps and entered again, it gives the same bits") {
  for (const char* name : {"SGD", "Adam", "NAdam"}) {  // no state, slots, carried scalars
    INFO(name);
    const Run run = described("mnist_mlp", find_optimizer(name));
    const LeftRun whole = uninterrupted(run, few_digits());
    for (std::int64_t each = 1; each <= steps + 2; ++each) {
      INFO(each, " steps at a time");
      check_same(in_pieces(run, few_digits(), each), whole);
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
    const LeftRun whole = uninterrupted(run, few_digits());
    CHECK(whole.result.valid.losses.size() == epochs + 1);
    for (const std::int64_t each : {1, 2, 4}) check_same(in_pieces(run, few_digits(), each), whole);
  }
}

TEST_CASE("session: a divergence is the same, whether it comes before or after the run was left") {
  static std::int64_t at = 0;
  for (at = 5; at < 10; ++at)  // in the second epoch; NaN stays NaN
    for (std::int64_t each = 4; each <= 11; ++each) {
      INFO("NaN at step ", at, ", ", each, " steps at a time");
      const Run run = described("mnist_logreg", planting_sgd(0, at));
      const LeftRun whole = uninterrupted(run, few_digits());
      REQUIRE(whole.result.divergence.has_value());
      check_same(in_pieces(run, few_digits(), each), whole);
    }
}

TEST_CASE("session: a checkpoint that does not fit is refused before anything is changed") {
  const Run run = described("mnist_logreg", find_optimizer("Adam"));
  RunInMemory memory(run, few_digits());
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
