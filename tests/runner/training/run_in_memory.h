#pragma once

#include <memory>

#include "runner/training/batch_orders.h"
#include "runner/training/resident_data.h"
#include "runner/training/session.h"
#include "runner/training/training_graphs.h"

namespace deepobs {

/// A run on data in memory, or on a streamed set: what StandardRunner does between loading the data and publishing the
/// result. It can have a problem of the test's own (Run::problem), and leaves its storage to be looked at.
struct RunInMemory {
  RunInMemory(const Run& described, const Dataset& data, const CpuOptions& cpu = {.threads = 1},
              GradientUse gradients = GradientUse::consume)
      : run(described),
        device(cpu_device(cpu)),
        graphs(run, data, gradients),
        resident(*device, data),
        streamed(data.streamed ? std::make_unique<StreamedData>(run, graphs, data, *device) : nullptr),
        storage(*device, graphs.store) {
    if (streamed)
      streamed->bind_to(storage, graphs);
    else
      resident.bind_to(storage, graphs);
    storage.initialize(static_cast<std::uint64_t>(run.config.random_seed));
  }

  RunResult train(Observer& observer) {
    Session session(run, graphs, storage, observer, {}, streamed.get());
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
  std::unique_ptr<StreamedData> streamed;  // null: the data are in memory
  Storage storage;
};

}  // namespace deepobs
