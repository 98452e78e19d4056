#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/run/program.h"
#include "kernels/update/step_programs.h"
#include "runner/bench/bench_data.h"
#include "runner/training/config/run_config.h"
#include "runner/training/training_graphs.h"

namespace deepobs {

/// What is measured: one configuration of a training run.
struct BenchCase {
  Run run;
  std::string optimizer;   ///< as it was named: "Momentum" is SGD with a momentum
  std::string given = {};  ///< the hyperparameters that were: "momentum 0.5, nesterov true"
  Isa isa = best_isa();
  int threads = 1;

  /// "SGD (momentum 0.5)".
  std::string optimizer_words() const { return given.empty() ? optimizer : optimizer + " (" + given + ")"; }
};

/// A run that is ready to train, step by step, without protocol, epochs and result. It goes on as a real run does: its
/// parameters change, and the batches come from all over a shuffled training set.
class LiveRun {
 public:
  /// `data` must be of the problem's data set and outlive the run. Of a streamed set the ring holds random records,
  /// which steps take again and again: nothing is read or copied.
  LiveRun(const BenchCase& described, const BenchData::Entry& data);

  /// Trains for so many seconds, and at least until it is known how many steps are asked for at once: as many as the
  /// device wants, but fewer where those would take more than a tenth of a second.
  void warm_up(double seconds);

  /// Trains as many steps as are asked for at once, up to the end of the epoch: one before warm_up(). Returns how many,
  /// when they are done.
  std::int64_t train();

  /// Forward and losses of a mini-batch of the test set, or of several, likewise.
  std::int64_t evaluate();

  const TrainingGraphs& graphs() const { return graphs_; }
  StepPrograms& steps() { return train_; }

  /// How often a step runs the graph with the gradients: the mean of the steps so far, of which there is one at least.
  double gradients_a_step() const;

  Device& device() const { return *device_; }
  std::int64_t batch_size() const { return run_.batch_size; }

  /// The device, with what it has chosen for the programs of this run.
  DeviceInfo device_info() const { return device_->info(); }

  /// The step block of the step that train() would run now, which then counts as run.
  StepBlock next_step();

 private:
  Run run_;
  std::unique_ptr<Device> device_;
  TrainingGraphs graphs_;
  std::optional<ResidentData> ring_;  // of a streamed set
  Storage storage_;
  Arena arena_;
  StepPrograms train_;
  Program test_;
  std::int64_t at_once_ = 1;
  std::int64_t steps_ = 0, evaluated_ = 0;
};

}  // namespace deepobs
