#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace deepobs {

/// A character of a text in UTF-8.
struct CodePoint {
  char32_t code = 0;
  std::size_t length = 0;  ///< in bytes
};

/// The one at the front of `text`; nothing where none is, or `text` is empty. RFC 3629 knows no overlong forms, no
/// surrogates, and none > U+10FFFF.
std::optional<CodePoint> first_code_point(std::string_view text);

/// "\x1b": a byte as it is written in C.
std::string hex_escape(char byte);

}  // namespace deepobs
