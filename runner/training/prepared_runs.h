#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/run/device.h"
#include "runner/results/files/safetensors.h"
#include "runner/results/result.h"
#include "runner/training/config/run_config.h"
#include "runner/training/observer.h"
#include "runner/training/resident_data.h"
#include "runner/training/training_graphs.h"

namespace deepobs {

/// Checked runs, ready to be executed, with what they share: each data set is in memory once (a streamed one is open
/// once, and each run has a stream of its own), and runs that differ only in what no computation depends on (seed,
/// learning rate, schedule, epochs, output) have one plan.
/// Problems, optimizers and data sets are told apart as objects, not by their names: those of two catalogues may have
/// one name.
class PreparedRuns {
 public:
  /// Loads, records and plans. Warnings go to each run's observer: there is one for each.
  ///   errors  all that would stop one of the runs and can be known now: an output that cannot be written (io), data or
  ///           initial parameters that are missing, damaged or not the model's (missing, data), a batch that does not
  ///           fit (usage); interrupted
  PreparedRuns(std::vector<Run> runs, std::span<Observer* const> observers);

  std::size_t size() const { return runs_.size(); }

  /// How many plans and data sets the runs share.
  std::size_t plans() const { return planned_.size(); }
  std::size_t data_sets() const { return data_.size(); }

  /// Trains, evaluates and publishes one of the runs, on a device of its own. Several threads may execute different
  /// runs at the same time: what is shared is only read. `begin` is where the run's total_seconds count from.
  RunResult execute(std::size_t run, Observer& observer, std::chrono::steady_clock::time_point begin) const;

 private:
  struct Data {
    const DatasetInfo* info;
    std::string device;                    ///< whose memory holds it
    std::filesystem::path data_dir, home;  ///< where it was looked for
    Dataset described;                     ///< without its values; a streamed one with its sources
    ResidentData resident;                 ///< nothing of a streamed one
  };
  struct Planned {
    RunConfig of;  ///< of the first of the runs that share it
    std::int64_t num_epochs;
    const Problem* problem;
    const Optimizer* optimizer;
    const Data* data;
    std::unique_ptr<TrainingGraphs> graphs;
  };
  struct Initial {
    std::filesystem::path file;
    const TrainingGraphs* graphs;  ///< whose parameters they are
    std::vector<NamedTensor> tensors;
  };
  struct Shared {
    const Data* data = nullptr;
    const TrainingGraphs* graphs = nullptr;
    const std::vector<NamedTensor>* initial = nullptr;  ///< null: drawn from the seed
  };

  Device& home_of(const Run& run);
  const Data& data_of(const Run& run);
  const TrainingGraphs& graphs_of(const Run& run, const Data& data);
  const std::vector<NamedTensor>* initial_of(const std::filesystem::path& file, const TrainingGraphs& graphs);

  std::vector<Run> runs_;
  std::unique_ptr<Device> cpu_home_, gpu_home_;  ///< their memory holds the data; made when the first run needs one
  std::vector<std::unique_ptr<Data>> data_;
  std::vector<Planned> planned_;
  std::vector<std::unique_ptr<Initial>> initial_;
  std::vector<Shared> shared_;  ///< by run
};

}  // namespace deepobs
