#pragma once

#include <initializer_list>
#include <ostream>
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
  resumable,    ///< somebody asked to stop, and the same command goes on from there (75)
  interrupted,  ///< somebody asked to stop                      (128 + the signal)
};

/// Whether it is no failure: somebody asked to stop.
constexpr bool is_stop(Fault fault) { return fault == Fault::interrupted || fault == Fault::resumable; }

/// The one exception type of the library. what() says what was wanted, what came and, where known, what to do.
class Error : public std::runtime_error {
 public:
  Error(Fault fault, const std::string& message) : std::runtime_error(message), fault_(fault) {}
  Fault fault() const noexcept { return fault_; }

 private:
  Fault fault_;
};

/// Where in the caller's source something was recorded; a defaulted last argument makes it free for the caller:
/// `Value relu(Value x, Place at = Place::current())`. std::source_location would do the same, but clang 14 has none.
class Place {
 public:
  static constexpr Place current(const char* file = __builtin_FILE(), unsigned line = __builtin_LINE()) noexcept {
    return {file, line};
  }
  constexpr const char* file_name() const noexcept { return file_; }
  constexpr unsigned line() const noexcept { return line_; }

 private:
  constexpr Place(const char* file, unsigned line) : file_(file), line_(line) {}
  const char* file_;
  unsigned line_;
};

/// "graph/graph.h:24": the file in its folder, and the line.
std::string to_string(const Place& place);

/// A part of a message: whatever operator<< prints. It refers to its value, and is made and read in one expression. It
/// forgets the value's type, so that a message costs the compiler nothing but a list: there are a thousand of them.
class Part {
 public:
  Part(const char* text) : print_(print_text), value_(text) {}
  template <class T>
  Part(const T& value) : print_(print_value<T>), value_(&value) {}
  friend std::ostream& operator<<(std::ostream& out, const Part& part) { return part.print_(out, part.value_); }

 private:
  static std::ostream& print_text(std::ostream& out, const void* text);
  template <class T>
  static std::ostream& print_value(std::ostream& out, const void* value) {
    return out << *static_cast<const T*>(value);
  }

  std::ostream& (*print_)(std::ostream&, const void*);
  const void* value_;
};

/// The parts one after the other, whatever locale the host program has set.
std::string text(std::initializer_list<Part> parts);
[[noreturn]] void fail(Fault fault, std::initializer_list<Part> parts);

template <class... Parts>
std::string text(const Parts&... parts) {
  return text(std::initializer_list<Part>{parts...});
}
template <class... Parts>
[[noreturn]] void fail(Fault fault, const Parts&... parts) {
  fail(fault, std::initializer_list<Part>{parts...});
}

/// Throws Error(fault, parts...) unless `condition` holds. The parts are only printed on failure.
template <class... Parts>
void require(bool condition, Fault fault, const Parts&... parts) {
  if (!condition) [[unlikely]]
    fail(fault, parts...);
}

}  // namespace deepobs
