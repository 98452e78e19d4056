#pragma once

#include <cstdint>
#include <memory>

#include "engine/memory/storage.h"
#include "runner/results/files/checkpoint_folder.h"
#include "runner/results/result.h"
#include "runner/training/observer.h"
#include "runner/training/stream/streamed_data.h"
#include "runner/training/training_graphs.h"

namespace deepobs {

/// How far a run is.
struct Position {
  std::int64_t epoch = 0;  ///< training epochs that are complete
  bool evaluated = false;  ///< so is the evaluation behind them
  std::int64_t step = 0;   ///< training steps of the next epoch that are done
  bool operator==(const Position&) const = default;
};

/// DeepOBS's protocol, piece by piece: evaluate (train_eval, then valid where there is one, then test), then for every
/// epoch set the learning rate, train, evaluate again; a run whose last mini-batch of an epoch is not finite is
/// diverged, stops, and counts from there on as no progress.
///
///   Session session(run, graphs, storage, observer);
///   while (!session.done()) session.advance();
///   use(session.result());
///
/// It can be left between any two pieces, and entered again in another process: checkpoint() has all that the rest
/// depends on, and resume() goes on from there, with the bits of a session that was never left.
class Session {
 public:
  /// `storage` holds the initial parameters now, and at the end the final ones; `facts` is a result without curves,
  /// which the session adds. `streamed` brings the records of a set that is streamed; one in memory needs none.
  /// Everything else must outlive the session.
  Session(const Run& run, const TrainingGraphs& graphs, Storage& storage, Observer& observer, RunResult facts = {},
          StreamedData* streamed = nullptr);
  ~Session();

  bool done() const;

  /// Where the run is: inside an epoch or between two.
  const Position& position() const;

  /// The next piece: an evaluation, or as many training steps as the device takes at once.
  ///   errors  interrupted, when the run's stop token asks for it; those of StreamedData::bring(). The session then
  ///           stands behind its last complete training step, or before the evaluation
  void advance();

  /// The curves, times and divergence so far; of a diverged run, when it is done, filled up to the full length.
  const RunResult& result() const;

  /// The position, the lists of the result, and the storage's state.
  CheckpointContent checkpoint();

  /// Goes on from a checkpoint of the same run. Errors: data, for one that does not fit the run.
  void resume(const CheckpointContent& from);

 private:
  class Pieces;
  std::unique_ptr<Pieces> pieces_;
};

}  // namespace deepobs
