#pragma once

#include "engine/storage.h"
#include "runner/training/observer.h"
#include "runner/results/result.h"
#include "runner/training/training_graphs.h"

namespace deepobs {

/// DeepOBS's protocol: evaluate (train_eval, then valid where there is one, then test), then for every epoch set the learning rate, train, evaluate again; a run whose last
/// mini-batch of an epoch is not finite is diverged, stops, and counts from there on as no progress. Fills the curves,
/// times and divergence of `result`. `storage` holds the initial parameters at the start and the final ones at the end.
///   errors  interrupted, when the run's stop token asks for it
void train(const Run& run, const TrainingGraphs& graphs, Storage& storage, Observer& observer, RunResult& result);

}  // namespace deepobs
