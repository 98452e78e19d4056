#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "runner/cli/options/sweep.h"
#include "runner/cli/terminal/live_line.h"
#include "runner/training/observer.h"

namespace deepobs {

/// Shows several runs at once: on `out` a line for each that ends, on `live` how far all of them are, and there also
/// warnings (each once) and failures. Its observers may be called from as many threads.
class SweepProgress {
 public:
  /// `quiet`: warnings, divergence and failures only.
  SweepProgress(const Sweep& sweep, bool quiet, std::ostream& out, std::ostream& live, const LiveLine::Style& style);
  ~SweepProgress();

  /// One for each run, in the order of the sweep.
  const std::vector<Observer*>& observers() const { return observers_; }

 private:
  class Member;

  void warn(const std::string& line);
  void stepped();
  void ended(const std::string& what, bool failed);
  std::string overview(std::chrono::steady_clock::time_point now);

  const Sweep& sweep_;
  const bool quiet_;
  std::ostream& out_;
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<Observer*> observers_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();

  std::atomic<std::int64_t> steps_ = 0;  // of all runs
  std::atomic<std::chrono::steady_clock::rep> next_look_;

  std::mutex mutex_;  // of what follows, and of both streams
  LiveLine live_;
  std::set<std::string> warned_;
  std::size_t ended_ = 0;
  std::int64_t steps_shown_ = 0;
  std::chrono::steady_clock::time_point shown_ = begin_;
};

}  // namespace deepobs
