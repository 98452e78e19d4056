#include "runner/analysis/output/foreign_text.h"

#include <charconv>

#include "engine/base/printable.h"
#include "engine/base/utf8.h"
#include "runner/results/json/json_writer.h"
#include "runner/results/text/python_text.h"

namespace deepobs {
namespace {

bool is_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

}  // namespace

std::string latex_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '\\':
        out += "\\textbackslash{}";
        break;
      case '^':
        out += "\\textasciicircum{}";
        break;
      case '~':
        out += "\\textasciitilde{}";
        break;
      case '<':
        out += "\\textless{}";
        break;
      case '>':
        out += "\\textgreater{}";
        break;
      case '"':
        out += "{\\char34}";  // with babel it may be a command
        break;
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}':
        out += '\\';
        [[fallthrough]];
      default:
        out += c;
    }
  }
  return out;
}

std::string csv_text(std::string_view text) {
  std::string out = utf8_text(text);
  if (!out.empty() && std::string_view("=+-@\t\r").find(out[0]) != std::string_view::npos && !is_number(out))
    out.insert(0, 1, '\'');
  if (out.find_first_of(",\"\r\n") == std::string::npos) return out;
  std::string quoted = "\"";
  for (const char c : out) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::string csv_number(double value) { return python_repr(value); }

std::string clipped(std::string_view text, std::size_t most) {
  std::size_t characters = 0, cut = 0;
  for (std::size_t at = 0; at < text.size(); ++characters) {
    if (characters + 3 == most) cut = at;
    if (characters == most) return std::string(text.substr(0, cut)) + "...";
    const auto next = first_code_point(text.substr(at));
    at += next ? next->length : 1;
  }
  return std::string(text);
}

}  // namespace deepobs
