#include "engine/base/utf8.h"

namespace deepobs {

std::optional<CodePoint> first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = text.empty() ? 0xFF : byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  bool good = length > 0 && length <= text.size();
  char32_t code = length <= 1 ? first : first & (0x7Fu >> length);
  for (std::size_t i = 1; good && i < length; ++i) {
    good = (byte(i) & 0xC0u) == 0x80u;
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  good = good && !(length == 3 && code < 0x800) && !(length == 4 && code < 0x10000) && code <= 0x10FFFF &&
         !(code >= 0xD800 && code <= 0xDFFF);
  return good ? std::optional(CodePoint{code, length}) : std::nullopt;
}

std::string hex_escape(char byte) {
  static constexpr char digits[] = "0123456789abcdef";
  return {'\\', 'x', digits[byte >> 4 & 0xF], digits[byte & 0xF]};
}

}  // namespace deepobs
