#pragma once

#include <cstdint>

#include "engine/memory/storage.h"
#include "runner/training/training_graphs.h"
#include "runner/training/validation_split.h"

namespace deepobs {

/// The orders in which a run takes the records of each part, written where its programs read them. Every one is a pure
/// function of the run's seed and the epoch; DataOrder::sequential is file order. A feed that takes no orders gets
/// none.
class BatchOrders {
 public:
  BatchOrders(const Run& run, const TrainingGraphs& graphs);

  /// Once, before all evaluations: the test set and the validation set.
  void write_fixed(Storage& storage) const;

  /// Before the evaluation after `epoch` epochs: which of the records trained on are evaluated.
  void write_train_eval(Storage& storage, std::int64_t epoch) const;

  /// Before an epoch.
  void write_train(Storage& storage, std::int64_t epoch) const;

 private:
  std::vector<std::int32_t> training_records(std::int64_t count, Stream stream, std::int64_t epoch) const;

  const Run& run_;
  const TrainingGraphs& graphs_;
  ValidationSplit split_;
};

}  // namespace deepobs
