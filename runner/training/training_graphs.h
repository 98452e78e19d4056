#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/update/planned_step.h"
#include "problems/data/dataset.h"
#include "runner/training/config/run_config.h"

namespace deepobs {

/// A metric of a problem, where it is logged.
struct MetricLog {
  std::string name;
  int buffer;  ///< its mean over each batch
};

/// Loss and metrics of the mini-batches of one part of the data, logged batch by batch.
struct EvaluationGraph {
  explicit EvaluationGraph(Store& store) : graph(store) {}
  Graph graph;
  Plan plan;
  int order = -1;       ///< buffer: the records to evaluate; -1: the feed takes no order
  int losses = -1;      ///< buffer: the mean loss of each batch
  int objectives = -1;  ///< buffer: mean loss + regulariser of each batch
  std::vector<MetricLog> metrics;
  std::int64_t examples = 0, batches = 0;  ///< records, and the whole batches of them that count

  /// The log of the metric of that name, or null.
  const MetricLog* metric(std::string_view name) const;
};

/// The data set's buffers: all values of each column of each part; of a streamed set as many as lie on the device at a
/// time.
struct DataBuffers {
  std::vector<int> train, test, valid;  ///< valid: empty, where the run or the set has no such part
};

/// Errors: usage, those of TrainingGraphs, told without recording anything. Only the numbers of records of `data`
/// count, and whether it is streamed.
void check_batches(const Run& run, const Dataset& data);

/// Everything of a run that is fixed before it starts: the tensors it keeps and its computations, recorded and planned.
/// It holds no memory of the run; runs that differ only in seed or learning rate can share it, also at the same time.
///   errors  usage: a batch that does not fit into one of the sets; a training set that validation would use up; a feed
///           that cannot take a streamed set
struct TrainingGraphs {
  ///   gradients  consume: those of large dense layers are stored nowhere, and the host cannot read them. What the
  ///              run's device does best, unless said otherwise
  TrainingGraphs(const Run& run, const Dataset& of, GradientUse gradients);
  TrainingGraphs(const Run& run, const Dataset& of)
      : TrainingGraphs(run, of, run.config.device == "cpu" ? GradientUse::consume : GradientUse::keep) {}
  TrainingGraphs(const TrainingGraphs&) = delete;
  TrainingGraphs& operator=(const TrainingGraphs&) = delete;

  Store store;
  DataBuffers data;

  /// Gather the batch, forward, per-example losses, objective, log, backward, update.
  PlannedStep train{store};
  int train_order = -1;             ///< buffer: the permutation of the epoch; -1: the feed takes no order
  int objectives = -1;              ///< buffer: mean loss + regulariser of every step of the epoch, before its update
  std::int64_t train_examples = 0;  ///< records that are trained on
  std::int64_t held_out = 0;        ///< records of the training set that are not
  std::int64_t steps_per_epoch = 0;
  std::int64_t batches_ring = 0;  ///< of a streamed set: mini-batches in the buffers of each part; 0: they have all

  EvaluationGraph train_eval{store}, test{store};
  std::optional<EvaluationGraph> valid;  ///< the set's own validation part, or the records that are held out

  std::vector<LayerRow> layers;

  /// The longest arena that one of the plans asks for: the programs of a run never run at the same time.
  std::int64_t arena_bytes() const;
};

}  // namespace deepobs
