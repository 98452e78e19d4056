#include "engine/printable.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace deepobs {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

/// A character in UTF-8, the code point U+FFFF0000 for a byte that begins none.
struct Character {
  std::uint32_t code = 0xFFFF0000;
  std::size_t bytes = 1;
};

Character character_at(std::string_view text, std::size_t at) {
  const unsigned first = byte_at(text, at);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  static constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};  // less would be written with fewer bytes
  if (first < 0xC2 || first > 0xF4) return {};
  std::uint32_t code = first & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte_at(text, at + i) & 0xC0u) != 0x80) return {};
    code = code << 6 | (byte_at(text, at + i) & 0x3Fu);
  }
  if (code < least[bytes] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {};
  return {code, bytes};
}

bool is_harmless(std::uint32_t code) {
  const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  const bool line_or_direction = code == 0x061C || (code >= 0x200E && code <= 0x200F) ||
                                 (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  return !control && !line_or_direction && code <= 0x10FFFF;
}

std::string escaped(unsigned byte) {
  if (byte == '\n') return "\\n";
  if (byte == '\t') return "\\t";
  if (byte == '\r') return "\\r";
  return {'\\', 'x', "0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 0xF]};
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    for (std::size_t i = 0; i < character.bytes; ++i)
      out += is_harmless(character.code) ? std::string(1, text[at + i]) : escaped(byte_at(text, at + i));
    at += character.bytes;
  }
  return out;
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
