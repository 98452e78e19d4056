#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/tensor/random.h"
#include "problems/data/column.h"
#include "problems/network/batch.h"

namespace deepobs {

/// What a feed is asked to record mini-batches from, and what for.
struct FeedSite {
  std::span<const Column> columns;  ///< of the data set
  std::span<const Value> data;      ///< all values of each column (of a streamed set: those here), [records, item]
  std::int64_t batch = 0;           ///< examples of a mini-batch

  /// The records to take: those that `order` [examples] (i32) names, mini-batch after mini-batch, for a feed that takes
  /// orders; else the `count` records from `first` on.
  std::optional<Value> order = {};
  std::int64_t first = 0, count = 0;

  bool as_trained = false;          ///< examples are made as those trained on are; else as those of the test set
  bool plain = false;               ///< nothing random is done to an example: runs in sequential order
  Stream stream = Stream::augment;  ///< of what is random
};

/// How steps take a data set: which records make a mini-batch, and what they become on their way into the network. A
/// feed is a recipe that all runs of a problem share; it holds no data and no state.
///
/// The host has no part in a step. What a step takes follows from the position of its mini-batch (StepBlock::batch),
/// the columns, which lie in the device's memory, and, where takes_order(), an order that the runner writes before each
/// epoch and evaluation. Of a streamed set the order is written once, before the first step: it names places of a ring
/// of mini-batches, which the runner fills with the records of the next steps.
class Feed {
 public:
  virtual ~Feed() = default;

  /// Whether it takes records in any order; else neighbours stay neighbours, and mini-batch b + 1 continues, example by
  /// example, where mini-batch b ends: a recurrent network may carry its state over.
  virtual bool takes_order() const = 0;

  /// How many whole mini-batches there are in so many records: the steps of an epoch. The rest is dropped.
  virtual std::int64_t batches(std::int64_t records, std::int64_t batch) const = 0;

  /// The fewest records that make a mini-batch.
  virtual std::int64_t least_records(std::int64_t batch) const = 0;

  /// Records the nodes that make the step's mini-batch.
  /// Errors: usage, a column of a type or shape that the feed does not take.
  virtual Batch record(Graph& graph, const FeedSite& site) const = 0;
};

}  // namespace deepobs
