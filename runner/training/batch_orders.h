#pragma once

#include <cstdint>
#include <vector>

#include "engine/memory/storage.h"
#include "problems/data/dataset.h"
#include "runner/training/observer.h"
#include "runner/training/training_graphs.h"
#include "runner/training/validation_split.h"

namespace deepobs {

/// The orders in which a run takes the records of each part, written where its programs read them. Every one is a pure
/// function of the run's seed and the epoch; DataOrder::sequential is file order. A feed that takes no orders gets
/// none. The programs of a streamed set read places of a ring, always the same ones; the orders are those in which
/// the records come there.
class BatchOrders {
 public:
  BatchOrders(const Run& run, const TrainingGraphs& graphs);

  /// Once, before all evaluations: the test set and the validation set; of a streamed set the places, for all programs.
  void write_fixed(Storage& storage) const;

  /// Before the evaluation after `epoch` epochs: which of the records trained on are evaluated. Of a streamed set
  /// nothing.
  void write_train_eval(Storage& storage, std::int64_t epoch) const;

  /// Before an epoch. Of a streamed set nothing.
  void write_train(Storage& storage, std::int64_t epoch) const;

  /// Records of one part of a data set in the order in which they are taken.
  struct Taken {
    DataPart part = DataPart::train;
    std::vector<std::int32_t> records = {};
  };

  /// In an epoch, and in an evaluation after `epoch` epochs. For feeds that take orders.
  Taken trained(std::int64_t epoch) const;
  Taken evaluated(Phase phase, std::int64_t epoch) const;

 private:
  void write_places(Storage& storage) const;
  std::vector<std::int32_t> training_records(std::int64_t count, Stream stream, std::int64_t epoch) const;

  const Run& run_;
  const TrainingGraphs& graphs_;
  ValidationSplit split_;
};

}  // namespace deepobs
