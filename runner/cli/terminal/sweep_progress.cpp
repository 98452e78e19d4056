#include "runner/cli/terminal/sweep_progress.h"

#include <algorithm>
#include <cmath>
#include <ostream>

#include "engine/base/check.h"
#include "engine/base/printable.h"
#include "runner/results/result.h"
#include "runner/results/text/text_table.h"
#include "runner/training/config/run_config.h"

namespace deepobs {

/// Watches one of the runs. All but `done_` belongs to the thread of that run.
class SweepProgress::Member : public Observer {
 public:
  Member(SweepProgress& all, std::size_t run) : all_(all), run_(run) {}

  /// How much of the run is over, from 0 to 1; below 0 before it begins.
  double done() const { return done_.load(std::memory_order_relaxed); }

  void warning(const std::string& line) override { all_.warn(line); }

  void started(const Start& start) override {
    epochs_ = start.run.num_epochs;
    done_.store(0, std::memory_order_relaxed);
  }

  void stepped(const Step& step) override {
    const double epochs = static_cast<double>(step.epoch) +
                          static_cast<double>(step.step + 1) / static_cast<double>(step.steps_per_epoch);
    done_.store(epochs / static_cast<double>(epochs_), std::memory_order_relaxed);
    all_.stepped();
  }

  void diverged(std::int64_t epoch, std::int64_t step, const std::string& first_bad_tensor) override {
    if (all_.quiet_)
      all_.warn(text("WARNING: ", all_.sweep_.described(run_), ": diverged in epoch ", epoch, " at step ", step, ": ",
                     first_bad_tensor, " is not finite"));
  }

  void finished(const RunResult& result) override {
    done_.store(1, std::memory_order_relaxed);
    const bool accuracy = !result.test.accuracies.empty();
    const auto& curve = accuracy ? result.test.accuracies : result.test.losses;
    const auto best = accuracy ? std::ranges::max_element(curve) : std::ranges::min_element(curve);
    const char* what = accuracy ? "test accuracy " : "test loss ";
    std::string how = result.divergence ? text("diverged at step ", result.divergence->global_step)
                                        : text(what, fixed(curve.back(), 4), ", best ", fixed(*best, 4), " after ",
                                               best - curve.begin());
    // As the table at the end and the record have it.
    how += result.was_there ? ", was there already" : ", " + clock_text(result.total_seconds);
    all_.ended(text(all_.sweep_.described(run_), ": ", how), false);
  }

  void failed(const Error& error) override {
    done_.store(1, std::memory_order_relaxed);
    // What was stopped says so once, at the end.
    all_.ended(is_stop(error.fault()) ? "" : text(all_.sweep_.described(run_), ": FAILED: ", error.what()), true);
  }

 private:
  SweepProgress& all_;
  std::size_t run_;
  std::int64_t epochs_ = 0;
  std::atomic<double> done_ = -1;
};

SweepProgress::SweepProgress(const Sweep& sweep, bool quiet, std::ostream& out, std::ostream& live,
                             const LiveLine::Style& style)
    : sweep_(sweep), quiet_(quiet), out_(out), live_(live, style) {
  for (std::size_t i = 0; i < sweep.runs.size(); ++i) {
    members_.push_back(std::make_unique<Member>(*this, i));
    observers_.push_back(members_.back().get());
  }
  next_look_ = (begin_ + live_.pause()).time_since_epoch().count();
}

SweepProgress::~SweepProgress() = default;

void SweepProgress::warn(const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (!warned_.insert(line).second) return;  // the same for every run
  live_.clear();
  live_.stream() << printable(line) << std::endl;
}

void SweepProgress::stepped() {
  steps_.fetch_add(1, std::memory_order_relaxed);
  if (quiet_) return;
  const auto now = LiveLine::Clock::now();
  if (now.time_since_epoch().count() < next_look_.load(std::memory_order_relaxed)) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);  // nobody waits to show something
  if (!lock || now.time_since_epoch().count() < next_look_.load(std::memory_order_relaxed)) return;
  next_look_.store((now + live_.pause()).time_since_epoch().count(), std::memory_order_relaxed);
  live_.show(overview(now));
}

/// "2 of 6 runs done, 2 going  812 steps/s  1:05 left". An epoch of one run is taken to be as long as one of another.
std::string SweepProgress::overview(LiveLine::Clock::time_point now) {
  double over = 0;
  std::size_t going = 0;
  for (const auto& member : members_) {
    const double done = member->done();
    over += std::max(0., done);
    if (done >= 0 && done < 1) ++going;
  }
  const auto seconds = [](LiveLine::Clock::duration time) { return std::chrono::duration<double>(time).count(); };
  const auto steps = steps_.load(std::memory_order_relaxed);
  const double rate = static_cast<double>(steps - steps_shown_) / seconds(now - shown_);
  steps_shown_ = steps;
  shown_ = now;
  const double left = seconds(now - begin_) * (static_cast<double>(members_.size()) / over - 1);
  return text(ended_, " of ", members_.size(), " runs done, ", going, " going  ", fixed(rate, 0), " steps/s  ",
              clock_text(left), " left");
}

void SweepProgress::ended(const std::string& what, bool failed) {
  const std::lock_guard lock(mutex_);
  ++ended_;
  live_.clear();
  if (what.empty() || (quiet_ && !failed)) return;
  (failed ? live_.stream() : out_) << ended_ << '/' << members_.size() << "  " << printable_lines(what) << std::endl;
}

}  // namespace deepobs
