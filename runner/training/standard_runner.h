#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "runner/results/result.h"
#include "runner/results/text/local_time.h"
#include "runner/training/config/catalogue.h"
#include "runner/training/config/run_config.h"
#include "runner/training/observer.h"

namespace deepobs {

/// How one of several runs ended.
struct RunOutcome {
  RunResult result;                ///< empty after an error
  std::optional<Error> error;      ///< why it failed; a diverged run has not failed
  std::exception_ptr thrown = {};  ///< the same as it was thrown: an observer may throw anything
};

/// Runs test problems, as DeepOBS's class of this name does.
///
///   StandardRunner runner(find_optimizer("SGD"), {{"momentum", 0.9}});
///   RunResult result = runner.run({.testproblem = "mnist_mlp", .batch_size = 128, .num_epochs = 10,
///                                  .learning_rate = 0.01});
///
/// Problems, data sets and optimizers of a program's own go through the same calls, with the same checks, names of
/// folders and JSON; each configuration then names its optimizer:
///
///   StandardRunner runner(Catalogue({.problems = {my_problem()}, .data_sets = {my_data()}}));
///   runner.run({.testproblem = "my_problem", .optimizer = "Adam", .learning_rate = 1e-3});
class StandardRunner {
 public:
  /// One optimizer, of deepobs or the caller's own, which configurations need not name. The values given here hold for
  /// all runs unless a run's configuration sets them. Errors: those of Catalogue.
  explicit StandardRunner(const Optimizer& optimizer, std::vector<NamedValue> hyperparameters = {});

  /// Any optimizers of a catalogue.
  explicit StandardRunner(Catalogue catalogue);

  /// Checks a configuration without running it. Errors: as deepobs::resolve().
  Run resolve(RunConfig config) const;
  Run resolve(RunConfig config, FileSums& sums) const;

  /// Loads the data, trains, evaluates, publishes the JSON (unless no_logs) and returns what it holds. Prints nothing:
  /// `observer` is told what happens.
  ///   errors  what resolve() refuses (usage); data or initial parameters that are missing or damaged (missing, data);
  ///           an output folder or a file of parameters that cannot be written, found before the training starts where
  ///           it can be (io); interrupted. When only the final parameters cannot be saved, the result is published,
  ///           and the message says where
  RunResult run(RunConfig config, Observer& observer) const;
  RunResult run(RunConfig config) const;

  /// The same for several configurations at once, of any problems and optimizers, `jobs` at a time (0: as many as there
  /// are cores for), which are begun in their order. They share one copy of each data set, and one plan where they
  /// differ only in seed, learning rate, schedule or epochs. Every run has a device, threads and memory of its own; its
  /// result is bit for bit that of run() alone with the same number of threads. A configuration with threads = 0 gets
  /// its share of the cores.
  ///
  /// A run that fails does not touch the others: its outcome holds the error. Each run has an observer, or there is
  /// none; they are called from several threads, though never one from two at a time.
  ///   errors  all that would stop one of the runs and can be known before the first begins, as for run(); several
  ///           runs that would save their parameters in one file (usage)
  std::vector<RunOutcome> run_all(std::vector<RunConfig> configs, int jobs = 0,
                                  std::span<Observer* const> observers = {}) const;

  /// The first part of run_all(): all configurations checked, with the number of threads that each will have.
  std::vector<Run> resolve_all(std::vector<RunConfig> configs, int jobs = 0) const;

 private:
  std::shared_ptr<const Catalogue> catalogue_;
  std::string optimizer_;  ///< the one of all runs; empty: each names its own
  std::vector<NamedValue> hyperparameters_;
};

}  // namespace deepobs
