#include <doctest/doctest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "kernels/update/step_driver.h"
#include "runner/bench/op_bench.h"
#include "runner/bench/profile/profile.h"
#include "runner/bench/report.h"
#include "runner/bench/step_bench.h"
#include "tests/kernels/update/own_rules.h"
#include "tests/runner/training/small_set.h"

namespace deepobs {
namespace {

/// A small data set, and a bench that takes as little time as possible.
struct Small {
  Small() { write_small_set(folder.path(), "fmnist", 64, 32); }
  std::vector<BenchCase> cases(BenchOptions options) const {
    options.batch_sizes = {8};
    return bench_cases(options, Catalogue({}));
  }
  TempDir folder;
  BenchData data{{folder.path()}};
  BenchEffort effort{.warmup = 0, .repetitions = 2, .seconds = 0.001};
};

TEST_CASE_FIXTURE(Small, "bench: a row for each case, with figures that fit together") {
  const auto chosen =
      cases({.problems = {"fmnist_logreg"}, .optimizers = {"SGD", "Momentum", "Adam"}, .threads = {1, 2}});
  const auto rows = bench_steps(chosen, effort, data);
  REQUIRE(rows.size() == 6);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const StepRow& row = rows[i];
    INFO(row.of.optimizer, " ", row.of.threads);
    CHECK(row.of.optimizer == chosen[i].optimizer);
    CHECK(row.data == "subset");
    CHECK(row.steps_per_second.all.size() == 2);
    CHECK(row.eval_examples_per_second.all.size() == 2);
    CHECK(row.steps_per_second.min > 0);
    CHECK(row.steps >= 2);
    CHECK(row.examples_per_second() == 8 * row.steps_per_second.median);
    CHECK(row.step_seconds.p50 <= row.step_seconds.p90);
    CHECK(row.step_seconds.p99 <= row.step_seconds.max);
    CHECK(row.peak_flops > 0);
    CHECK(row.step_flops == 2 * 8 * 2 * 784 * 10);

    const std::int64_t flat = row.plan.parameters;
    CHECK(flat >= 4 * (784 * 10 + 10));
    CHECK(row.plan.gradients == flat);
    CHECK(row.plan.slots == flat * (row.of.optimizer == "SGD" ? 0 : row.of.optimizer == "Momentum" ? 1 : 2));
    CHECK(row.plan.arena >= 4 * 8 * 784);
    // What the data set and the plan need is resident.
    if (row.peak_rss) CHECK(*row.peak_rss > row.plan.total() + 96 * 784);
  }
}

TEST_CASE_FIXTURE(Small, "bench: single ops are those of the training step, each shape once") {
  const auto bench = bench_ops(
      cases({.problems = {"fmnist_2c2d", "fmnist_logreg"}, .optimizers = {"SGD", "Adam"}, .ops = true}), effort, data);
  std::multiset<std::string> found;
  for (const auto& row : bench.rows) {
    INFO(row.op, " ", row.label);
    found.insert(row.op);
    CHECK(row.seconds.all.size() == 2);
    CHECK(row.seconds.min > 0);
    CHECK(row.floor_seconds > 0);
    CHECK(row.peak_flops > 0);
  }
  for (const std::string op : {"conv2d", "conv2d_weight_gradient", "max_pool", "max_pool_gradient"})
    CHECK(found.count(op) == 2);
  CHECK(found.count("conv2d_data_gradient") == 1);  // not of the first layer
  CHECK(found.count("linear") == 3);
  CHECK(found.count("linear_weight_gradient") == 2);
  CHECK(found.count("linear_weight_update") == 2);  // of fc1, with either optimizer
  CHECK(found.count("linear_data_gradient") == 2);
  CHECK(found.count("softmax_xent") == 1);  // [8, 10] both times
  CHECK(found.count("gather_images") == 1);
  CHECK(found.count("relu") == 3);  // behind conv1, conv2 and fc1
  CHECK(found.count("dropout") == 3);
  CHECK(found.count("update") == 4);
}

TEST_CASE_FIXTURE(Small, "bench: a profile has every graph of a step, and how often it runs") {
  Optimizer seldom = test::lookahead(5000, true);
  seldom.name = "Seldom";
  BenchOptions options{.problems = {"fmnist_logreg"},
                       .optimizers = {"Lookahead", "Seldom", "LBFGS"},
                       .batch_sizes = {8},
                       .threads = {1},
                       .profile = true};
  const auto chosen = bench_cases(options, Catalogue({.optimizers = {test::lookahead(2, true), seldom}}));
  const auto profiles = profile_steps(chosen, effort, data);
  REQUIRE(profiles.size() == 3);
  for (std::size_t p = 0; p < 3; ++p) {
    const Profile& profile = profiles[p];
    CAPTURE(p);
    REQUIRE(profile.graphs.size() == (p < 2 ? 2 : 1));
    std::vector<double> seconds(profile.graphs.size());
    for (const ProfileRow& row : profile.rows) {
      CHECK(row.seconds > 0);
      seconds[row.graph] += row.seconds;
    }
    double step = 0;
    for (std::size_t graph = 0; graph < seconds.size(); ++graph) {
      CHECK(seconds[graph] > 0);
      step += seconds[graph] * profile.graphs[graph].runs;
    }
    CHECK(step == doctest::Approx(profile.step_seconds));
  }
  CHECK(profiles[0].graphs[0].runs == 1);
  CHECK(profiles[0].graphs[1].runs == 0.5);
  CHECK(profiles[1].graphs[1].runs == 2e-4);  // not once in the few steps that were measured, and yet it has its times
  CHECK(profiles[2].graphs[0].runs > 1.5);    // as often as LBFGS evaluates
  const std::string text = profiles_text({.device = profiles[0].device, .effort = effort}, profiles);
  CHECK(text.find("graph 2 of 2, 0.5 times a step\n") != std::string::npos);
  CHECK(text.find("graph 1 of 2, once a step\n") != std::string::npos);
  CHECK(text.find("graph 1 of 1, ") != std::string::npos);
}

TEST_CASE_FIXTURE(Small, "bench: what a loop on the host does between evaluations is no op's time in a profile") {
  const Optimizer idle =
      test::own_optimizer("Idle", {.record = [](UpdateScope&) {},
                                   .drive =
                                       [](StepDriver& step) {
                                         for (int i = 0; i < 2; ++i) {
                                           std::this_thread::sleep_for(std::chrono::milliseconds(100));
                                           step.evaluate();
                                         }
                                       }});
  BenchOptions options{
      .problems = {"fmnist_logreg"}, .optimizers = {"Idle"}, .batch_sizes = {8}, .threads = {1}, .profile = true};
  const auto profiles = profile_steps(bench_cases(options, Catalogue({.optimizers = {idle}})), effort, data);
  REQUIRE(profiles.size() == 1);
  CHECK(profiles[0].graphs[0].runs == 2);
  for (const ProfileRow& row : profiles[0].rows) CHECK(row.seconds < 0.1);
}

TEST_CASE_FIXTURE(Small, "bench: a profile has every op of the step, and its trace can be read") {
  const auto profiles =
      profile_steps(cases({.problems = {"fmnist_mlp", "fmnist_logreg"}, .profile = true}), effort, data);
  REQUIRE(profiles.size() == 2);
  for (const auto& profile : profiles) {
    const TrainingGraphs graphs(profile.of.run, data.of(find_data_set("fmnist")).described);
    std::vector<std::string> ops, profiled;
    for (const auto& node : graphs.train.graph.nodes())
      if (!node.op->is_alias()) ops.emplace_back(node.op->name);
    double sum = 0;
    for (const auto& row : profile.rows) {
      profiled.push_back(row.op);
      sum += row.seconds;
    }
    CHECK(profiled == ops);
    CHECK(sum == doctest::Approx(profile.step_seconds));
    CHECK(profile.unwatched_seconds > 0);
    CHECK(profile.spans.size() == std::min<std::size_t>(20, static_cast<std::size_t>(profile.steps)) * ops.size());
  }

  const auto trace = nlohmann::json::parse(trace_json(profiles));
  REQUIRE(trace.is_array());
  CHECK(trace.size() == 2 + profiles[0].spans.size() + profiles[1].spans.size());
  CHECK(trace[0]["ph"] == "M");
  CHECK(trace[0]["args"]["name"] == "fmnist_mlp SGD batch 8, " + std::to_string(available_cores()) + " threads");
  double end = 0;
  std::set<int> processes;
  for (const auto& event : trace) {
    processes.insert(event["pid"].get<int>());
    if (event["ph"] == "M") end = 0;
    if (event["ph"] != "X") continue;
    CHECK(event["ts"].get<double>() >= end - 1e-3);  // one behind the other; in microseconds
    CHECK(event["dur"].get<double>() >= 0);
    end = event["ts"].get<double>() + event["dur"].get<double>();
  }
  CHECK(processes == std::set<int>{1, 2});
}

}  // namespace
}  // namespace deepobs
