#include "runner/analysis/figures/writers/foreign_words.h"

#include <array>
#include <cstdint>

#include "engine/base/printable.h"
#include "engine/base/utf8.h"

namespace deepobs {
namespace {

/// Advance widths of the characters 32 to 126, in hundredths: table hmtx of DejaVuSans.ttf 2.37.
constexpr std::array<std::uint8_t, 95> widths{
    32, 40, 46, 84, 64, 95, 78, 27, 39,  39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79,
    60, 79, 69, 63, 61, 73, 68, 99, 69,  61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63,
    63, 28, 28, 58, 28, 97, 63, 61, 63,  63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84};

double width_of(char32_t code) {
  if (code >= 32 && code < 127) return widths[code - 32] / 100.;
  return code < 0x1100 || (code > 0x11ff && code < 0x2e80) ? 0.7 : code < 0x1f000 ? 1 : 1.3;
}

/// Calls `take` with every character, and its bytes.
template <class Take>
void for_each_character(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::optional<CodePoint> one = first_code_point(text);
    const std::size_t length = one ? one->length : 1;
    take(one ? one->code : U'?', text.substr(0, length));
    text.remove_prefix(length);
  }
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string out, words = printable(text);
  for (const char* no_character : {"\xef\xbf\xbe", "\xef\xbf\xbf"})  // U+FFFE and U+FFFF, which XML forbids
    for (std::size_t at; (at = words.find(no_character)) != words.npos;) words.replace(at, 3, "\xef\xbf\xbd");
  for (const char c : words) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t most) {
  std::string out;
  std::size_t count = 0, kept = 0;  // characters, and the bytes of the first most - 1
  for_each_character(text, [&](char32_t, std::string_view bytes) {
    ++count;
    if (count < most) kept += bytes.size();
  });
  return count <= most ? std::string(text) : std::string(text.substr(0, kept)) + "…";
}

double text_width(std::string_view text) {
  double width = 0;
  for_each_character(text, [&](char32_t code, std::string_view) { width += width_of(code); });
  return width;
}

std::string fitted(std::string_view text, double width) {
  if (text_width(text) <= width) return std::string(text);
  const double room = width - text_width("…");
  std::size_t kept = 0;
  double so_far = 0;
  for_each_character(text, [&](char32_t code, std::string_view bytes) {
    so_far += width_of(code);
    if (so_far <= room) kept += bytes.size();
  });
  return std::string(text.substr(0, kept)) + "…";
}

std::string wrapped(std::string_view text, double width) {
  std::string out, line;
  const auto end_line = [&] {
    if (!out.empty() && !line.empty()) out += '\n';
    out += line;
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (word.empty()) continue;
    if (!line.empty() && text_width(line) + text_width(" ") + text_width(word) > width) end_line();
    if (!line.empty()) line += ' ';
    for_each_character(word, [&](char32_t, std::string_view character) {
      if (!line.empty() && text_width(line) + text_width(character) > width) end_line();
      line += character;
    });
  }
  end_line();
  return out;
}

}  // namespace deepobs
