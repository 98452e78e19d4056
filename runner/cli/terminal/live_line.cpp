#include "runner/cli/terminal/live_line.h"

#include <cmath>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace deepobs {

using namespace std::chrono_literals;

LiveLine::Clock::duration LiveLine::pause() const {
  return style_.is_terminal ? Clock::duration(150ms) : Clock::duration(30s);
}

void LiveLine::show(const std::string& line) {
  if (!style_.is_terminal) {
    out_ << line << std::endl;
    return;
  }
  // One column stays free: a full line would wrap on some terminals.
  const auto width = static_cast<std::size_t>(style_.columns > 1 ? style_.columns - 1 : 1);
  out_ << '\r' << line.substr(0, width) << std::string(line.size() < width ? width - line.size() : 0, ' ')
       << std::flush;
  is_shown_ = true;
}

void LiveLine::clear() {
  if (!is_shown_) return;
  out_ << '\r' << std::string(static_cast<std::size_t>(style_.columns > 1 ? style_.columns - 1 : 1), ' ') << '\r'
       << std::flush;
  is_shown_ = false;
}

std::string clock_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e7) return "?";
  const auto all = static_cast<long>(seconds + 0.5);
  std::ostringstream out;
  out << std::setfill('0');
  if (all >= 3600)
    out << all / 3600 << ':' << std::setw(2) << all / 60 % 60;
  else
    out << all / 60;
  out << ':' << std::setw(2) << all % 60;
  return out.str();
}

}  // namespace deepobs
