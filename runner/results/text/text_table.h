#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace deepobs {

/// How many characters a text has, which is what it takes of a line where none is wide or combines with another.
std::size_t characters_in(std::string_view text);

/// Rows of words under titles, each column as wide as its widest word. Numbers stand on the right: a title that begins
/// with '>' says so, without showing it.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> titles);

  /// Errors: internal, for another number of words than titles.
  void add(std::vector<std::string> words);

  /// With a line end behind every row, and no spaces before it.
  std::string text() const;

 private:
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;  // the titles first
};

/// "12.30": with that many digits behind the point.
std::string fixed(double value, int digits);

/// Three or more digits that count, without an exponent: "0.0123", "1.23", "12.3", "123", "12345".
std::string short_number(double value);

}  // namespace deepobs
