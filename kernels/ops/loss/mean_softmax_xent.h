#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/graph/graph.h"

namespace deepobs {

/// A number of a mini-batch that a log gets.
enum class BatchScalar : std::uint8_t { loss, objective, accuracy };

struct MeanSoftmaxXent {
  std::optional<Value> penalty = {};  ///< [], added to the mean loss: the objective has it, the loss not
  struct Log {
    BatchScalar of;
    int buffer;  ///< as of log_scalar()
  };
  std::vector<Log> logs = {};           ///< at most four
  std::optional<double> gradient = {};  ///< d (what is minimised) / d objective; none: no gradient is wanted
};

struct BatchLoss {
  Value objective;  ///< []
  Value dlogits;    ///< like the logits; not there if no gradient was wanted
};

/// All that a step does with the outputs of a classifier, in one node: the mean of softmax_xent() over the mini-batch,
/// the share of right answers (correct.h), their places in logs, and the gradient. A GPU's graph has it in place of up
/// to ten nodes (passes/fuse_loss.h), each of which would cost more time to begin than to compute.
///   shapes    logits [N, K] with N, K >= 1, labels [N] (int32)  ->  objective [], dlogits [N, K]
///   formula   loss = 1/N sum_n softmax_xent(logits, labels)[n], objective = loss + penalty,
///             accuracy = 1/N sum_n correct(logits, labels)[n],
///             dlogits[n, k] = gradient / N (softmax(logits[n])[k] - (k == labels[n]))
///   gradient  none: it is recorded behind the gradients
///   numerics  of the ops that it stands for, but for the order in which losses are added (in double)
///   errors    shapes, types, more than four logs: when recorded
BatchLoss mean_softmax_xent(Value logits, Value labels, const MeanSoftmaxXent& options, Place at = Place::current());

}  // namespace deepobs
