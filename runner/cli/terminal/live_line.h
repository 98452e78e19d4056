#pragma once

#include <chrono>
#include <iosfwd>
#include <string>

namespace deepobs {

/// A line that says how far things are. On a terminal it is drawn over several times a second; elsewhere a plain line
/// follows at most every 30 seconds. One thread at a time.
class LiveLine {
 public:
  using Clock = std::chrono::steady_clock;

  struct Style {
    bool is_terminal = false;  ///< and understands carriage returns
    int columns = 80;          ///< of that terminal
  };
  LiveLine(std::ostream& out, const Style& style) : out_(out), style_(style) {}
  ~LiveLine() { clear(); }  // a message may follow
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

  /// How long one line should stay before the next.
  Clock::duration pause() const;

  void show(const std::string& line);

  /// Makes room for another line, here or on a stream that goes to the same terminal.
  void clear();

  std::ostream& stream() { return out_; }

 private:
  std::ostream& out_;
  Style style_;
  bool is_shown_ = false;
};

/// "0:07", "1:02:05"; "?" for what is no length of time.
std::string clock_text(double seconds);

}  // namespace deepobs
