#pragma once

#include <vector>

#include "runner/observer.h"
#include "runner/result.h"
#include "runner/run_config.h"

namespace deepobs {

/// Runs DeepOBS's test problems with one optimizer, as DeepOBS's class of this name does.
///
///   StandardRunner runner(find_optimizer("SGD"), {{"momentum", 0.9}});
///   RunResult result = runner.run({.testproblem = "mnist_mlp", .batch_size = 128, .num_epochs = 10,
///                                  .learning_rate = 0.01});
///
/// The optimizer may be one of the catalogue or the caller's own; it carries the description of its hyperparameters.
/// The values given here hold for all runs unless a run's configuration sets them.
class StandardRunner {
 public:
  explicit StandardRunner(Optimizer optimizer, std::vector<NamedValue> hyperparameters = {});

  /// Checks a configuration without running it. Errors: as deepobs::resolve().
  Run resolve(RunConfig config) const;

  /// Loads the data, trains, evaluates, publishes the JSON (unless no_logs) and returns what it holds. Prints nothing:
  /// `observer` is told what happens.
  ///   errors  what resolve() refuses (usage); data that is missing or damaged (missing, data); an output folder that
  ///           cannot be written, found before the training starts (io); interrupted
  RunResult run(RunConfig config, Observer& observer) const;
  RunResult run(RunConfig config) const;

 private:
  Optimizer optimizer_;
  std::vector<NamedValue> hyperparameters_;
};

/// Now, in local time, as it stands in file names: "2025-12-13-16-00-00".
std::string local_time_stamp();

}  // namespace deepobs
