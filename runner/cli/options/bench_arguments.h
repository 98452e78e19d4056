#pragma once

#include <string>
#include <vector>

#include "runner/bench/bench_options.h"
#include "runner/cli/options/hyperparameter_options.h"

namespace CLI {
class App;
}

namespace deepobs {

/// The arguments of `deepobs bench`. It stays where it is and outlives the App, whose options write into it.
class BenchArguments {
 public:
  BenchArguments() = default;
  BenchArguments(const BenchArguments&) = delete;
  BenchArguments& operator=(const BenchArguments&) = delete;

  /// Adds the command. Its options depend on the optimizers that the arguments name. Errors: usage, for an unknown one.
  CLI::App* add_to(CLI::App& app, const std::vector<std::string>& arguments, const Catalogue& catalogue);

  /// The arguments with one option for each value of a hyperparameter. Errors: usage.
  std::vector<std::string> with_values(const std::vector<std::string>& arguments, const Catalogue& catalogue) const;

  /// What they ask for, after they were parsed; home and the part for GPUs are the caller's to set.
  BenchOptions options() const;

 private:
  BenchOptions options_;
  Optimizer merged_;  ///< the hyperparameters of all optimizers that are measured
  HyperparameterWords words_;
};

}  // namespace deepobs
