#include "engine/base/printable.h"

#include <algorithm>

#include "engine/base/utf8.h"

namespace deepobs {
namespace {

bool is_harmless(char32_t code) {
  const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  const bool line_or_direction = code == 0x061C || (code >= 0x200E && code <= 0x200F) ||
                                 (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  return !control && !line_or_direction;
}

std::string escaped(char byte) {
  if (byte == '\n') return "\\n";
  if (byte == '\t') return "\\t";
  if (byte == '\r') return "\\r";
  return hex_escape(byte);
}

/// Takes a character off the front of the text, and adds it as it is shown.
void show_next(std::string_view& text, std::string& shown) {
  const auto character = first_code_point(text);
  const auto bytes = text.substr(0, character ? character->length : 1);
  if (character && is_harmless(character->code))
    shown += bytes;
  else
    for (const char byte : bytes) shown += escaped(byte);
  text.remove_prefix(bytes.size());
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) show_next(text, out);
  return out;
}

std::string printable_name(std::string_view text) {
  constexpr std::size_t most = 80;
  const std::string size = std::to_string(text.size());
  std::string out;
  while (!text.empty() && out.size() < most) show_next(text, out);
  return text.empty() ? out : out + "... (" + size + " bytes)";
}

std::string printable_lines(std::string_view message) {
  std::string out;
  for (std::size_t begin = 0; begin <= message.size();) {
    const std::size_t end = std::min(message.find('\n', begin), message.size());
    out += printable(message.substr(begin, end - begin)) + (end < message.size() ? "\n" : "");
    begin = end + 1;
  }
  return out;
}

}  // namespace deepobs
