#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/graph.h"
#include "engine/plan.h"
#include "problems/data/dataset.h"
#include "runner/training/run_config.h"

namespace deepobs {

/// A recorded and planned computation.
struct PlannedGraph {
  explicit PlannedGraph(Store& store) : graph(store) {}
  Graph graph;
  Plan plan;
};

/// Loss and accuracy of the mini-batches of one part of the data, logged batch by batch.
struct EvaluationGraph : PlannedGraph {
  using PlannedGraph::PlannedGraph;
  int order = -1;                          ///< buffer: the rows to evaluate
  int losses = -1;                         ///< buffer: the mean loss of each batch
  int objectives = -1;                     ///< buffer: mean loss + regulariser of each batch
  int accuracies = -1;                     ///< buffer: the share of right predictions in each batch
  std::int64_t examples = 0, batches = 0;  ///< rows in `order`, and the whole batches of them that count
};

/// Errors: usage, those of TrainingGraphs, told without recording anything. Only the numbers of examples of `data` count.
void check_batches(const Run& run, const Dataset& data);

/// Everything of a run that is fixed before it starts: the tensors it keeps and its computations, recorded and planned.
/// It holds no memory of the run; runs that differ only in seed or learning rate can share it, also at the same time.
///   errors  usage: a batch that does not fit into one of the sets; a training set that validation would use up
struct TrainingGraphs {
  ///   gradients  consume: those of large dense layers are stored nowhere, and the host cannot read them. What the run's
  ///              device does best, unless said otherwise
  TrainingGraphs(const Run& run, const Dataset& data, GradientUse gradients);
  TrainingGraphs(const Run& run, const Dataset& data)
      : TrainingGraphs(run, data, run.config.device == "cpu" ? GradientUse::consume : GradientUse::keep) {}
  TrainingGraphs(const TrainingGraphs&) = delete;
  TrainingGraphs& operator=(const TrainingGraphs&) = delete;

  Store store;
  /// The data set's buffers: bytes and labels of both halves.
  int train_images, train_labels, test_images, test_labels;

  /// Gather the batch, forward, per-example losses, objective, backward, update, log: one replay is one training step.
  PlannedGraph train{store};
  int train_order = -1;             ///< buffer: the permutation of the epoch
  int objectives = -1;              ///< buffer: mean loss + regulariser of every step of the epoch, before its update
  std::int64_t train_examples = 0;  ///< trained on: rows in `train_order`
  std::int64_t steps_per_epoch = 0;

  EvaluationGraph train_eval{store}, test{store};
  std::optional<EvaluationGraph> valid;  ///< rows of the training set that are held out, where there are such

  std::vector<LayerRow> layers;
};

}  // namespace deepobs
