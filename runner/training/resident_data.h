#pragma once

#include <vector>

#include "engine/memory/storage.h"
#include "problems/data/dataset.h"
#include "runner/training/training_graphs.h"

namespace deepobs {

/// A data set in the memory of a device, column by column: every mini-batch is gathered from it there. Several runs
/// share it. Of a streamed set it has nothing, and can be lent to nobody.
class ResidentData {
 public:
  ResidentData(Device& device, const Dataset& data);

  /// Lends it to a run. It must outlive the run.
  void bind_to(Storage& storage, const TrainingGraphs& graphs) const;

 private:
  std::vector<DeviceMemory> train_, test_, valid_;
};

}  // namespace deepobs
