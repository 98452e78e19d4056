#pragma once

#include <memory>

#include "runner/training/batch_orders.h"
#include "runner/training/resident_data.h"
#include "runner/training/session.h"
#include "runner/training/training_graphs.h"

namespace deepobs {

/// A run on data in memory: what StandardRunner does between loading the data and publishing the result. It can have a
/// problem of the test's own (Run::problem), and leaves its storage to be looked at.
struct RunInMemory {
  RunInMemory(const Run& described, const Dataset& data, const CpuOptions& cpu = {.threads = 1},
              GradientUse gradients = GradientUse::consume)
      : run(described),
        device(cpu_device(cpu)),
        graphs(run, data, gradients),
        resident(*device, data),
        storage(*device, graphs.store) {
    resident.bind_to(storage, graphs);
    storage.initialize(static_cast<std::uint64_t>(run.config.random_seed));
  }

  RunResult train(Observer& observer) {
    Session session(run, graphs, storage, observer);
    while (!session.done()) session.advance();
    return session.result();
  }
  RunResult train() {
    Observer silent;
    return train(silent);
  }

  Run run;
  std::unique_ptr<Device> device;
  TrainingGraphs graphs;
  ResidentData resident;
  Storage storage;
};

}  // namespace deepobs
