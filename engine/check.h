#pragma once

#include <locale>
#include <source_location>
#include <sstream>
#include <stdexcept>
#include <string>

namespace deepobs {

/// What kind of thing went wrong. The command line turns it into an exit status (BSD sysexits).
enum class Fault {
  usage,        ///< a caller's argument, shape or name          (64)
  data,         ///< the content of an input file                (65)
  missing,      ///< an input that should exist does not         (66)
  internal,     ///< a broken promise of this library            (70)
  memory,       ///< memory could not be had                     (71)
  io,           ///< reading or writing failed                   (74)
  interrupted,  ///< somebody asked to stop                      (128 + the signal)
};

/// The one exception type of the library. what() says what was wanted, what came and, where known, what to do.
class Error : public std::runtime_error {
 public:
  Error(Fault fault, const std::string& message) : std::runtime_error(message), fault_(fault) {}
  Fault fault() const noexcept { return fault_; }

 private:
  Fault fault_;
};

/// Where in the caller's source something was recorded; a defaulted last argument makes it free for the caller.
using Place = std::source_location;

/// "engine/graph.h:24": the file below the project's root, and the line.
std::string to_string(const Place& place);

/// The parts one after the other, each as operator<< prints it, whatever locale the host program has set.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  (out << ... << parts);
  return out.str();
}

template <class... Parts>
[[noreturn]] void fail(Fault fault, const Parts&... parts) {
  throw Error(fault, text(parts...));
}

/// Throws Error(fault, parts...) unless `condition` holds. The parts are only printed on failure.
template <class... Parts>
void require(bool condition, Fault fault, const Parts&... parts) {
  if (!condition) [[unlikely]]
    fail(fault, parts...);
}

}  // namespace deepobs
