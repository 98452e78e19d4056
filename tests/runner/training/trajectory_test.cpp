#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "runner/training/standard_runner.h"
#include "tests/golden/golden_problem.h"
#include "tests/gpus_under_test.h"
#include "tests/temp_dir.h"
#include "tests/under_thread_sanitizer.h"

// Twenty training steps from files to curves, against PyTorch in float64: every optimizer, every problem.
//
// Tolerance: float32_spread of the golden file is how far six float32 runs of PyTorch, which differ in the order of
// summation alone, get from float64 at a step. We may get four times as far as the worst of them up to that step, plus
// four units in the last place of the objective. A ReLU or a max pool at its kink parts two runs for good, at a step
// that is chance: so for networks that have them, from the fourth step on the spread is the largest of all trajectories
// of the same network, as tests/golden/README.md explains.

namespace deepobs {
namespace {

HyperValue hyper_value(const nlohmann::json& value, const HyperValue& standard) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_array()) return value.get<std::vector<double>>();
  if (std::holds_alternative<std::int64_t>(standard)) return value.get<std::int64_t>();
  return value.get<double>();
}

/// The golden file's hyperparameters; it has all of the optimizer's.
std::vector<NamedValue> hyperparameters_of(const nlohmann::json& trajectory) {
  std::vector<NamedValue> values;
  for (const auto& known : find_optimizer(trajectory["optimizer"].get<std::string>()).hyperparameters)
    if (trajectory["hyperparameters"].contains(known.name))
      values.push_back({known.name, hyper_value(trajectory["hyperparameters"][known.name], known.standard)});
  CHECK(values.size() == trajectory["hyperparameters"].size());
  return values;
}

/// The distance between neighbouring floats at x.
double ulp(double x) { return std::ldexp(1., std::ilogb(x) - 23); }

struct Tolerance {
  Tolerance(const nlohmann::json& file, const nlohmann::json& trajectory)
      : spread(trajectory["float32_spread"].get<std::vector<double>>()) {
    if (std::string(file["problem"]).ends_with("logreg")) return;  // smooth
    const std::string problem = file["problem"], network = problem.substr(problem.find('_'));
    for (const char* data : {"mnist", "fmnist", "cifar10", "cifar100", "svhn"}) {
      if (!GoldenProblem::exists(data + network)) continue;
      const GoldenProblem golden(data + network);
      for (const auto& other : golden.json["trajectories"])
        for (const double x : other["float32_spread"]) kink = std::max(kink, x);
    }
  }

  /// At a step, of an objective of this size.
  double at(std::size_t step, double objective) const {
    const auto steps = std::min(step + 1, spread.size());
    const double worst = *std::max_element(spread.begin(), spread.begin() + static_cast<std::ptrdiff_t>(steps));
    return 4 * (step < 3 ? worst : std::max(worst, kink)) + 4 * ulp(objective);
  }

  std::vector<double> spread;
  double kink = 0;
};

/// The training of a golden trajectory, on the CPU without `gpu`.
RunConfig trajectory_config(const GoldenProblem& golden, const nlohmann::json& trajectory, const TempDir& folder,
                            const std::filesystem::path& gpu) {
  return {.testproblem = golden.name,
          .batch_size = golden.batch_size(),
          .num_epochs = 2,
          .learning_rate = trajectory["lr"].get<double>(),
          .data_dir = folder.path(),
          .no_logs = true,
          .train_log_interval = 1,
          .device = gpu.empty() ? "cpu" : "cuda",
          .cuda_library = gpu,
          .threads = 2,
          .conv_algorithm = golden.conv_algorithm(),
          .init_from = folder / "initial.safetensors",
          .data_order = DataOrder::sequential};
}

void check_trajectory(const GoldenProblem& golden, const nlohmann::json& trajectory, const TempDir& folder,
                      const std::filesystem::path& gpu) {
  const StandardRunner runner(find_optimizer(trajectory["optimizer"].get<std::string>()),
                              hyperparameters_of(trajectory));
  // Every step uses threads in the same way; two of them show it to ThreadSanitizer, and the numbers are checked
  // without.
  constexpr std::size_t few = 2;
  RunConfig config = trajectory_config(golden, trajectory, folder, gpu);
  if (under_thread_sanitizer) {
    config.num_epochs = 1;
    config.max_steps_per_epoch = config.eval_batches = few;
  }
  const RunResult result = runner.run(config);
  auto expected = trajectory["objective_float64"].get<std::vector<double>>();
  if (under_thread_sanitizer) expected.resize(few);
  const Tolerance tolerance(golden.json, trajectory);
  REQUIRE(result.minibatch_train_losses.size() == expected.size());
  for (std::size_t step = 0; step < expected.size(); ++step) {
    const double bound = tolerance.at(step, expected[step]);
    INFO(golden.name, ", ", trajectory["optimizer"].get<std::string>(), ", step ", step, ": ",
         result.minibatch_train_losses[step], ", PyTorch ", expected[step], ", bound ", bound);
    CHECK(std::abs(result.minibatch_train_losses[step] - expected[step]) <= bound);
  }

  if (under_thread_sanitizer) return;

  const auto& final = trajectory["final"];
  const double objective = final["objective_float64"];
  INFO(golden.name, ", ", trajectory["optimizer"].get<std::string>(), ", evaluated");
  REQUIRE(result.train.losses.size() == 3);
  REQUIRE(result.train.accuracies.size() == 3);
  CHECK(std::abs(result.train.losses[2] - objective) <= tolerance.at(expected.size(), objective));
  const auto accuracies = final["accuracy_float32"].get<std::vector<double>>();
  const auto near = [&](double x) { return std::abs(x - result.train.accuracies[2]) < 1e-9; };
  CHECK(std::ranges::any_of(accuracies, near));
  // The test half is the first batch; before training it is the single batch of the golden file, unless the network
  // evaluates by statistics that only training begins to learn.
  if (golden.has_statistics()) return;
  const auto& batch = golden.json["batch"]["float64"];
  REQUIRE(result.test.losses.size() == 3);
  CHECK(std::abs(result.test.losses[0] - batch["objective"].get<double>()) <= tolerance.at(0, batch["objective"]));
  CHECK(result.test.accuracies[0] == batch["accuracy"].get<double>());
  CHECK(result.test.losses[0] == result.minibatch_train_losses[0]);  // the same rows, parameters and bits
}

void check_trajectories(const std::string& problem) {
  const GoldenProblem golden(problem);
  const TempDir folder;
  golden.write_files(folder.path(), golden.batch_size());
  write_safetensors(folder / "initial.safetensors", golden.parameters());
  for (const auto& trajectory : golden.json["trajectories"]) check_trajectory(golden, trajectory, folder, {});
  for (const auto& gpu : gpus_under_test()) {
    CAPTURE(gpu.name);
    // An emulated one sees every network, but not with every data set.
    if (gpu.slow && (problem.starts_with("fmnist") || problem.starts_with("cifar100") || problem.starts_with("svhn")))
      continue;
    for (const auto& trajectory : golden.json["trajectories"]) {
      check_trajectory(golden, trajectory, folder, gpu.library);
      if (gpu.slow && !problem.ends_with("logreg")) break;  // all optimizers have their turn there
    }
  }
}

// In mixed precision a network follows the same path, only not so exactly: mixed_precision.json has how far PyTorch's
// autocast gets from float64. We may get three times as far as the worst of its steps.
void check_mixed_precision(const std::string& problem, double deviation) {
  const GoldenProblem golden(problem);
  const TempDir folder;
  golden.write_files(folder.path(), golden.batch_size());
  write_safetensors(folder / "initial.safetensors", golden.parameters());
  const auto& trajectory = golden.json["trajectories"][0];
  const StandardRunner runner(find_optimizer(trajectory["optimizer"].get<std::string>()),
                              hyperparameters_of(trajectory));
  for (const auto& gpu : gpus_under_test()) {
    CAPTURE(gpu.name);
    // An emulated one takes minutes for convolutions: ten steps there, and once.
    const bool short_of_time = gpu.slow && !problem.ends_with("logreg") && !problem.ends_with("mlp");
    const auto losses = [&](const char* precision) {
      RunConfig config = trajectory_config(golden, trajectory, folder, gpu.library);
      config.precision = precision;
      if (short_of_time) config.num_epochs = 1;
      config.eval_batches = 1;
      return runner.run(config).minibatch_train_losses;
    };
    const auto mixed = losses("bf16");
    if (!short_of_time) CHECK(mixed == losses("bf16"));  // the same bits
    auto expected = trajectory["objective_float64"].get<std::vector<double>>();
    if (short_of_time) expected.resize(10);
    REQUIRE(mixed.size() == expected.size());
    double worst = 0;
    for (std::size_t step = 0; step < expected.size(); ++step)
      worst = std::max(worst, std::abs(mixed[step] - expected[step]) / std::abs(expected[step]));
    INFO(golden.name, ": at most ", worst);
    CHECK(worst > 1e-5);  // it is not float32
    CHECK(worst <= 3 * deviation);
  }
}

TEST_CASE("trajectory: mixed precision on GPUs") {
  if (gpus_under_test().empty()) {
    MESSAGE("skipped: ", why_no_real_gpu());
    return;
  }
  const auto file = golden_file("mixed_precision.json");
  REQUIRE(file["trajectories"].size() == 4);
  for (const auto& run : file["trajectories"])
    check_mixed_precision(run["problem"], std::ranges::max(run["deviation"].get<std::vector<double>>()));
}

TEST_CASE("trajectory: mnist_logreg, every optimizer") { check_trajectories("mnist_logreg"); }
TEST_CASE("trajectory: mnist_mlp, every optimizer") { check_trajectories("mnist_mlp"); }
TEST_CASE("trajectory: mnist_2c2d") { check_trajectories("mnist_2c2d"); }
TEST_CASE("trajectory: fmnist_logreg") { check_trajectories("fmnist_logreg"); }
TEST_CASE("trajectory: fmnist_mlp") { check_trajectories("fmnist_mlp"); }
TEST_CASE("trajectory: fmnist_2c2d") { check_trajectories("fmnist_2c2d"); }
TEST_CASE("trajectory: cifar10_3c3d") { check_trajectories("cifar10_3c3d"); }
TEST_CASE("trajectory: cifar100_3c3d") { check_trajectories("cifar100_3c3d"); }
TEST_CASE("trajectory: svhn_wrn164") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  MESSAGE("skipped: under sanitizers it takes ten minutes; one step of it is in the golden tests");
#else
  check_trajectories("svhn_wrn164");
#endif
}
TEST_CASE("trajectory: svhn_3c3d") { check_trajectories("svhn_3c3d"); }

}  // namespace
}  // namespace deepobs
