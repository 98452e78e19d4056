#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "runner/bench/live_run.h"
#include "runner/training/config/catalogue.h"
#include "runner/training/config/run_device.h"

namespace deepobs {

/// How long everything is measured.
struct BenchEffort {
  double warmup = 0;  ///< seconds for each row, not counted
  std::int64_t repetitions = 5;
  double seconds = 0;  ///< of each repetition of each row
};

/// The values that a hyperparameter is measured with, as they were typed, of each optimizer that has it.
struct BenchHyperparameter {
  std::string name;
  std::vector<std::string> values;
};

/// What `deepobs bench` was asked for. Empty lists mean the defaults.
struct BenchOptions {
  std::vector<std::string> problems = {};    ///< default: all
  std::vector<std::string> optimizers = {};  ///< default: SGD; with `ops` all
  std::vector<BenchHyperparameter> hyperparameters = {};
  std::vector<std::int64_t> batch_sizes = {};      ///< default: the problem's, or 128
  std::vector<int> threads = {};                   ///< default: every core, which 0 says too
  std::string isa = {};                            ///< default: the best of this machine
  std::string conv_algorithm = "auto";             ///< or "direct"
  DeviceRequest device = {};                       ///< where everything runs
  std::filesystem::path data_dir = {}, home = {};  ///< where data may lie, as RunConfig has it
  std::optional<double> warmup = {}, seconds = {};
  std::int64_t repetitions = 5;
  bool json = false;
  bool ops = false;                  ///< single ops instead of training steps
  bool profile = false;              ///< training steps, op by op
  bool launches = false;             ///< what a training step on a GPU is made of; trains nothing
  bool algorithms = false;           ///< with anything on a GPU: what was chosen for products and convolutions
  std::filesystem::path trace = {};  ///< with `profile`: where to write it as a trace
};

/// An optimizer by its name; "Momentum" is SGD with momentum 0.9, unless there is an optimizer of that name.
struct BenchOptimizer {
  std::string name;
  const Optimizer* optimizer;  ///< of the catalogue
  std::vector<NamedValue> hyperparameters;
};
BenchOptimizer bench_optimizer(const std::string& name, const Catalogue& catalogue);

/// Those that are measured: the named ones, or the defaults.
std::vector<BenchOptimizer> bench_optimizers(const BenchOptions& options, const Catalogue& catalogue);

/// The combinations of problem, optimizer, hyperparameters, batch size and number of threads, in this order.
/// Errors: usage, for names and numbers that are none, and for a combination that comes twice; a hyperparameter that none
/// of the optimizers has, or a momentum for "Momentum".
std::vector<BenchCase> bench_cases(const BenchOptions& options, const Catalogue& catalogue);

/// Errors: usage, for numbers out of range.
BenchEffort bench_effort(const BenchOptions& options);

/// Errors: usage, for an unknown name or one that this machine lacks.
Isa bench_isa(const BenchOptions& options);

}  // namespace deepobs
