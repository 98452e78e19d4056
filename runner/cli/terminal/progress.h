#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "runner/cli/terminal/live_line.h"
#include "runner/training/config/run_config.h"
#include "runner/training/observer.h"

namespace deepobs {

/// Shows a run to people: a table with a line for every evaluation on `out`, and on `live` how far the present epoch
/// is.
class Progress : public Observer {
 public:
  Progress(std::ostream& out, std::ostream& live, const LiveLine::Style& style) : out_(out), live_(live, style) {}

  void warning(const std::string& line) override;
  void started(const Start& start) override;
  void resumed(std::int64_t epoch, std::int64_t step) override;
  void evaluating(std::int64_t epoch, std::int64_t epochs) override;
  void evaluated(Phase phase, double loss, double accuracy, bool has_accuracy) override;
  void learning_rate_set(double rate) override;
  void stepped(const Step& step) override;
  void logged(std::int64_t epoch, std::int64_t step, double loss) override;
  void diverged(std::int64_t epoch, std::int64_t step, const std::string& first_bad_tensor) override;

 private:
  using Clock = LiveLine::Clock;

  std::ostream& out_;
  LiveLine live_;
  std::int64_t epoch_ = 0, epochs_ = 0;
  std::int64_t steps_done_ = 0, steps_since_shown_ = 0;  // training steps of the whole run, and since the last line
  double steps_per_second_ = 0;
  double rate_ = 0;
  Clock::time_point run_start_, shown_;
  std::string row_;  // the table's line while it is being filled
};

/// The style that standard error allows, or the file that a descriptor is of.
LiveLine::Style style_of_stderr();
LiveLine::Style style_of(int descriptor);

}  // namespace deepobs
