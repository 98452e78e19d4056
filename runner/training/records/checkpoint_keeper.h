#pragma once

#include <chrono>
#include <filesystem>

#include "runner/results/files/checkpoint_folder.h"
#include "runner/results/text/local_time.h"
#include "runner/training/config/run_config.h"
#include "runner/training/observer.h"
#include "runner/training/session.h"

namespace deepobs {

/// Keeps the checkpoints of one run while it goes on, and begins it from the newest one. They lie in checkpoint_dir or,
/// by default, in <output_dir>.work/checkpoints, in a folder named as the run's results are. As long as the object
/// lives no other process can resume the run.
class CheckpointKeeper {
 public:
  /// `begin`: when this process began with the run; `now`: the same as local time.
  /// Errors: io, for a folder that cannot be made or that another process works with.
  CheckpointKeeper(const Run& run, Observer& observer, std::chrono::steady_clock::time_point begin,
                   const LocalTime& now);

  /// Lets the session go on from the newest checkpoint, if there is one. The observer is told of damaged ones, and of a
  /// checkpoint that another deepobs or instruction set has made.
  /// Errors: usage, for one of another configuration, with the difference; data; io.
  void resume(Session& session);

  /// When the run began, maybe in an earlier process, and how long it has been worked on.
  const LocalTime& start() const { return start_; }
  double total_seconds() const;

  /// To be called after each piece: writes a checkpoint when checkpoint_seconds are over. Errors: io.
  void after_piece(Session& session);

  /// The run is to stop: writes a checkpoint, and throws resumable with the way to go on. Errors: io.
  [[noreturn]] void stop(Session& session);

  /// The result is published: the checkpoints go.
  void complete() noexcept;

 private:
  using Clock = std::chrono::steady_clock;

  void write(Session& session);

  const Run& run_;
  Observer& observer_;
  CheckpointFolder folder_;
  Clock::time_point begin_, written_;
  LocalTime start_;
  double earlier_seconds_ = 0;  ///< that earlier processes worked on the run
};

}  // namespace deepobs
