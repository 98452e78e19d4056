#pragma once

#include "engine/storage.h"
#include "problems/data/dataset.h"
#include "runner/training/training_graphs.h"

namespace deepobs {

/// A data set in the memory of a device, as bytes: every mini-batch is gathered from it there. Several runs share it.
class ResidentData {
 public:
  ResidentData(Device& device, const Dataset& data);

  /// Lends it to a run. It must outlive the run.
  void bind_to(Storage& storage, const TrainingGraphs& graphs) const;

 private:
  DeviceMemory train_images_, train_labels_, test_images_, test_labels_;
};

}  // namespace deepobs
