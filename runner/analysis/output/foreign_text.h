#pragma once

#include <string>
#include <string_view>

namespace deepobs {

// Names come from folders and files, and may hold anything. In each kind of output they are text and nothing else.

/// For LaTeX: characters that mean something there are escaped, and what would not print is written as in C.
std::string latex_text(std::string_view text);

/// As a field of RFC 4180: in quotes where it needs them. A text that a spreadsheet would take for a formula (it begins
/// with =, +, - or @ and is no number) gets an apostrophe in front. Bytes that are no UTF-8 become "\xff".
std::string csv_text(std::string_view text);

/// The shortest digits that give the same double again; "nan", "inf", "-inf".
std::string csv_number(double value);

/// At most `most` characters; of a longer text the beginning and "...".
std::string clipped(std::string_view text, std::size_t most);

}  // namespace deepobs
