#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/base/check.h"

namespace deepobs {

struct Run;
struct RunResult;

/// Where a mean loss and accuracy come from.
enum class Phase { train_eval, valid, test };

/// Watches a run: the library prints nothing itself. All functions do nothing unless overridden.
class Observer {
 public:
  virtual ~Observer() = default;

  /// Something that does not stop the run but that its user should know; one line.
  virtual void warning(const std::string& /*line*/) {}

  /// Data are loaded, the programs are planned: training begins.
  struct Start {
    const Run& run;
    std::int64_t parameters, steps_per_epoch;
    std::string device;         ///< in words
    bool has_accuracy = false;  ///< whether evaluations report one
  };
  virtual void started(const Start&) {}

  /// The run goes on from a checkpoint: with this epoch, from this step of it on.
  virtual void resumed(std::int64_t /*epoch*/, std::int64_t /*step*/) {}

  virtual void evaluating(std::int64_t /*epoch*/, std::int64_t /*epochs*/) {}
  virtual void evaluated(Phase, double /*loss*/, double /*accuracy*/, bool /*has_accuracy*/) {}
  virtual void learning_rate_set(double) {}

  /// After every step; must be quick.
  struct Step {
    std::int64_t epoch, step, steps_per_epoch, examples_per_step;
    const std::function<double()>& objective;  ///< asks the device for the step's objective
  };
  virtual void stepped(const Step&) {}

  /// The objective of a logged step, after its epoch or when print_train_iter asks for it.
  virtual void logged(std::int64_t /*epoch*/, std::int64_t /*step*/, double /*loss*/) {}

  virtual void diverged(std::int64_t /*epoch*/, std::int64_t /*step*/, const std::string& /*first_bad_tensor*/) {}

  /// The run is over, and its result is written where one was asked for.
  virtual void finished(const RunResult&) {}

  /// One of several runs has failed. (A run alone throws.)
  virtual void failed(const Error&) {}
};

}  // namespace deepobs
