#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

#include "runner/observer.h"
#include "runner/run_config.h"

namespace deepobs {

/// Shows a run to people: a table with a line for every evaluation on `out`, and on `live` how far the present epoch
/// is. On a terminal that is one line, drawn over several times a second; elsewhere a plain line at most every 30
/// seconds.
class Progress : public Observer {
 public:
  struct Style {
    bool live_is_terminal = false;  ///< and understands carriage returns
    int columns = 80;               ///< of that terminal
  };
  Progress(std::ostream& out, std::ostream& live, const Style& style) : out_(out), live_(live), style_(style) {}
  ~Progress() override { clear(); }  // a message may follow, when the run was stopped
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void warning(const std::string& line) override;
  void started(const Start& start) override;
  void evaluating(std::int64_t epoch, std::int64_t epochs) override;
  void evaluated(Phase phase, double loss, double accuracy, bool has_accuracy) override;
  void learning_rate_set(double rate) override;
  void stepped(const Step& step) override;
  void logged(std::int64_t epoch, std::int64_t step, double loss) override;
  void diverged(std::int64_t epoch, std::int64_t step, const std::string& first_bad_tensor) override;

 private:
  using Clock = std::chrono::steady_clock;

  void show(const std::string& line);
  void clear();

  std::ostream& out_;
  std::ostream& live_;
  Style style_;
  std::int64_t epoch_ = 0, epochs_ = 0;
  std::int64_t steps_done_ = 0, steps_since_shown_ = 0;  // training steps of the whole run, and since the last line
  double steps_per_second_ = 0;
  double rate_ = 0;
  Clock::time_point run_start_, shown_;
  std::string row_;  // the table's line while it is being filled
  bool line_is_shown_ = false;
};

}  // namespace deepobs
