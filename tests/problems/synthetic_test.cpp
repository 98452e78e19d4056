#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "engine/run/program.h"
#include "problems/data/datasets.h"
#include "problems/models/quadratic_hessian.h"
#include "runner/training/standard_runner.h"
#include "tests/golden/golden_problem.h"
#include "tests/kernels/cpu/isas.h"
#include "tests/runner/training/run_in_memory.h"

// The problems whose data are computed: the data as NumPy makes them; losses, gradients and short trainings against
// PyTorch in float64 (tests/golden/scripts/make_synthetic.py).

namespace deepobs {
namespace {

const std::vector<std::string> names{"quadratic_deep", "two_d_beale", "two_d_branin", "two_d_rosenbrock"};

nlohmann::json golden_of(const std::string& problem) { return golden_file("problems/" + problem + ".json"); }

Dataset data_of(const std::string& problem) { return load_dataset(find_problem(problem).dataset, {}); }

/// Both are the same double, but for the last places of a logarithm.
bool alike(double a, double b) { return std::abs(a - b) <= 1e-12 * std::max(std::abs(a), std::abs(b)); }

TEST_CASE("synthetic: the data are NumPy's, number for number") {
  for (const std::string& name : names) {
    const nlohmann::json golden = golden_of(name)["data"];
    const Dataset set = data_of(name);
    CHECK(set.complete);
    CHECK(set.folder.empty());
    for (const auto& [part, which] :
         {std::pair("train", DataPart::train), std::pair("test", DataPart::test), std::pair("valid", DataPart::valid)})
      for (std::size_t i = 0; i < set.columns.size(); ++i) {
        INFO(name, ", ", part, ", ", set.columns[i].name);
        const nlohmann::json& expected = golden[part][set.columns[i].name];
        const auto& values = set.part(which).values<float>(i);
        CHECK(std::vector<float>(values.begin(), values.begin() + 4) == expected["first"].get<std::vector<float>>());
        CHECK(values.back() == expected["last"].get<float>());
        double sum = 0, squares = 0;
        for (const float x : values) sum += x, squares += double{x} * x;
        CHECK(std::abs(sum - expected["sum"].get<double>()) <= 1e-9);
        CHECK(alike(squares, expected["squares"]));
        CHECK(set.part(which).official_count == set.part(which).count);
      }
  }
}

TEST_CASE("synthetic: the Hessian of quadratic_deep") {
  std::vector<float> hessian(10'000);
  write_quadratic_hessian(hessian);
  const nlohmann::json golden = golden_of("quadratic_deep")["hessian"];
  double sum = 0, trace = 0, squares = 0;
  for (std::size_t i = 0; i < 10'000; ++i) {
    sum += hessian[i];
    squares += double{hessian[i]} * hessian[i];
    if (i % 101 == 0) trace += hessian[i];
    CHECK(hessian[i] == hessian[i % 100 * 100 + i / 100]);  // symmetric after rounding, too
  }
  // Every entry is rounded to float once.
  for (std::size_t j = 0; j < 100; ++j) {
    CHECK(std::abs(hessian[j] - golden["first_row"][j].get<double>()) <= 0x1p-24 * 8);
    CHECK(std::abs(hessian[9900 + j] - golden["last_row"][j].get<double>()) <= 0x1p-24 * 8);
  }
  CHECK(std::abs(sum - golden["sum"].get<double>()) <= 1e-4);
  CHECK(std::abs(trace - golden["trace"].get<double>()) <= 1e-4);
  CHECK(std::abs(squares - golden["squares"].get<double>()) <= 1e-2);
  CHECK(std::abs(hessian[0] - 6.221429443252536) <= 0x1p-22);  // of DeepOBS 1.1
}

RunConfig config_of(const std::string& problem, std::int64_t epochs = 2) {
  return {.testproblem = problem,
          .batch_size = 100,
          .num_epochs = epochs,
          .learning_rate = 0.,
          .no_logs = true,
          .train_log_interval = 1,
          .data_order = DataOrder::sequential,
          .max_steps_per_epoch = 10};
}

/// As far as PyTorch's float32 gets from its float64 at worst, four times, plus four units in the last place.
double bound(double worst, double value) {
  return 4 * worst + 4 * std::ldexp(1., std::ilogb(value == 0 ? 1 : value) - 23);
}

TEST_CASE("synthetic: losses and gradients of the first batch, on every instruction set") {
  for (const std::string& name : names)
    for (const Isa isa : isas()) {
      INFO(name);
      const nlohmann::json golden = golden_of(name);
      const auto &float64 = golden["batch"]["float64"], &float32 = golden["batch"]["float32"];
      RunInMemory run(resolve(config_of(name), find_optimizer("SGD")), data_of(name), {.threads = 2, .isa = isa},
                      GradientUse::keep);
      BatchOrders(run.run, run.graphs).write_train(run.storage, 0);
      Program program(run.graphs.train.graph, run.graphs.train.plan, run.storage);
      program.poison(0xFF);
      program.run({});
      std::vector<float> objectives(static_cast<std::size_t>(run.graphs.steps_per_epoch));
      run.storage.read(run.graphs.objectives, std::span(objectives));
      const double mean = float64["mean_loss"];
      CHECK(std::abs(objectives[0] - mean) <= bound(std::abs(float32["mean_loss"].get<double>() - mean), mean));

      REQUIRE(run.graphs.store.parameters().size() == golden["parameters"].size());
      for (std::size_t p = 0; p < golden["parameters"].size(); ++p) {
        const Store::Parameter& parameter = run.graphs.store.parameters()[p];
        CHECK(parameter.name == golden["parameters"][p]["name"]);
        const auto gradient = run.storage.gradient(parameter);
        const auto a = float64["gradients"][parameter.name].get<std::vector<double>>(),
                   b = float32["gradients"][parameter.name].get<std::vector<double>>();
        REQUIRE(gradient.size() == a.size());
        double worst = 0, largest = 0;
        for (std::size_t i = 0; i < a.size(); ++i)
          worst = std::max(worst, std::abs(a[i] - b[i])), largest = std::max(largest, std::abs(a[i]));
        for (std::size_t i = 0; i < a.size(); ++i) CHECK(std::abs(gradient[i] - a[i]) <= bound(worst, largest));
      }
    }
}

TEST_CASE("synthetic: the losses at the start are those that DeepOBS publishes, for every seed") {
  for (const std::string& name : names)
    for (const std::int64_t seed : {42, 7}) {
      INFO(name, ", seed ", seed);
      RunConfig config = config_of(name, 0);
      config.random_seed = seed;
      config.validation = true;
      const RunResult result = StandardRunner(find_optimizer("SGD")).run(config);
      const nlohmann::json start = golden_of(name)["start"];
      const auto near = [&](double ours, const char* part) {
        const double expected = start[part];
        CHECK(std::abs(ours - expected) <= 2e-6 * std::abs(expected));
      };
      near(result.train.losses.front(), "train");
      near(result.test.losses.front(), "test");
      near(result.valid.losses.front(), "valid");
      CHECK(result.test.accuracies.empty());
      CHECK(result.held_out == 0);
      CHECK(result.validation_examples == result.test_examples);
    }
  RunConfig config = config_of("quadratic_deep", 0);
  config.batch_size = 128;  // the last 104 points are dropped
  CHECK(std::abs(StandardRunner(find_optimizer("SGD")).run(config).test.losses[0] - 353.44676) < 1e-4);
}

TEST_CASE("synthetic: short trainings follow PyTorch in float64") {
  for (const std::string& name : names) {
    const auto golden = golden_of(name);
    for (const auto& trajectory : golden.at("trajectories")) {
      const Optimizer& optimizer = find_optimizer(trajectory["optimizer"].get<std::string>());
      RunConfig config = config_of(name);
      config.learning_rate = trajectory["lr"].get<double>();
      for (const auto& known : optimizer.hyperparameters) {
        const auto& value = trajectory.at("hyperparameters").at(known.name);
        if (value.is_boolean()) config.hyperparameters.push_back({known.name, value.get<bool>()});
        if (value.is_number()) config.hyperparameters.push_back({known.name, value.get<double>()});
        if (value.is_array()) config.hyperparameters.push_back({known.name, value.get<std::vector<double>>()});
      }
      const auto losses = StandardRunner(optimizer).run(config).minibatch_train_losses;
      const auto float64 = trajectory["objective_float64"].get<std::vector<double>>(),
                 float32 = trajectory["objective_float32"].get<std::vector<double>>();
      REQUIRE(losses.size() == float64.size());
      double worst = 0;
      for (std::size_t step = 0; step < losses.size(); ++step) {
        worst = std::max(worst, std::abs(float32[step] - float64[step]));
        INFO(name, ", ", optimizer.name, ", step ", step, ": ", losses[step], ", PyTorch ", float64[step], " and ",
             float32[step]);
        CHECK(std::abs(losses[step] - float64[step]) <= bound(worst, float64[step]));
      }
    }
  }
}

}  // namespace
}  // namespace deepobs
