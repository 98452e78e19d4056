#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace deepobs {

/// Writes JSON piece by piece, in the order and the exact bytes of Python's json.dumps: separators ", " and ": ", or
/// one element per line when an indent is given; all text in ASCII; floats as repr() prints them; NaN, Infinity and
/// -Infinity as bare tokens, which DeepOBS's files hold for diverged runs and its tools read.
///
///   JsonWriter json(4);
///   json.begin_object().member("loss", 0.5);
///   json.key("losses").begin_array().value(2.5).value(1.0).end_array().end_object();
///   std::string text = json.finish();
///
/// Errors: internal for a text that would not be JSON (a value without its key, a key twice, an open bracket at the
/// end); usage for text that is not UTF-8.
class JsonWriter {
 public:
  /// All on one line, or `indent` (>= 0) spaces per level with one element per line.
  JsonWriter() = default;
  explicit JsonWriter(int indent);

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(std::string_view name);

  JsonWriter& null() { return token("null"); }
  JsonWriter& value(bool value) { return token(value ? "true" : "false"); }
  JsonWriter& value(int value) { return token(std::to_string(value)); }
  JsonWriter& value(std::int64_t value) { return token(std::to_string(value)); }
  JsonWriter& value(std::uint64_t value) { return token(std::to_string(value)); }
  JsonWriter& value(double value);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }

  /// An array of numbers.
  JsonWriter& value(std::span<const double> values);
  JsonWriter& value(const std::vector<double>& values) { return value(std::span<const double>(values)); }

  /// The value, or null where there is none.
  template <class T>
  JsonWriter& value(const std::optional<T>& of) {
    return of ? value(*of) : null();
  }

  template <class T>
  JsonWriter& member(std::string_view name, const T& of) {
    return key(name).value(of);
  }

  /// The finished text, without a line end.
  std::string finish();

 private:
  struct Level {
    char closing;
    bool empty = true;
    std::vector<std::string> keys;
  };

  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& token(std::string_view text);
  void before_value();
  void next_element();
  void line_break();

  std::string out_;
  std::vector<Level> levels_;
  int indent_ = -1;
  bool key_waits_ = false;
};

/// A path, or another text that may hold any bytes, as a text that JSON can hold: a byte that is no part of a UTF-8
/// character becomes "\xff", as Python's backslashreplace writes it.
std::string utf8_text(std::string_view bytes);

/// `text` (UTF-8) as a JSON string in quotes, all ASCII, as json.dumps writes it. Errors: usage when it is not UTF-8.
std::string json_string(std::string_view text);

}  // namespace deepobs
