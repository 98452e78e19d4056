#pragma once

#include <string>
#include <string_view>

namespace deepobs {

/// Somebody else's text for a message: what would move a terminal's cursor, colour it or turn its writing round stands
/// as it is written in C, "\n", "\x1b", and so do bytes that are no UTF-8. The text may come from a command line or a
/// file, and what it does to a terminal is not for it to say.
std::string printable(std::string_view text);

/// The same of a name or a value, cut where it is longer than anybody reads: "aaa... (5000 bytes)".
std::string printable_name(std::string_view text);

/// The same for a message of several lines: line ends stay.
std::string printable_lines(std::string_view message);

}  // namespace deepobs
