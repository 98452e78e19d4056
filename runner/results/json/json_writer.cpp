#include "runner/results/json/json_writer.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"
#include "engine/base/utf8.h"
#include "runner/results/text/python_text.h"

namespace deepobs {

namespace {

constexpr char hex_digits[] = "0123456789abcdef";

char32_t take_code_point(std::string_view& text) {
  const auto first = first_code_point(text);
  require(first.has_value(), Fault::usage, "a text for a JSON file must be UTF-8, but holds the byte 0x",
          hex_digits[text[0] >> 4 & 0xF], hex_digits[text[0] & 0xF], " where no character can start or end");
  text.remove_prefix(first->length);
  return first->code;
}

void append_escaped(std::string& out, char32_t unit) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += hex_digits[unit >> shift & 0xF];
}

}  // namespace

std::string utf8_text(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const auto first = first_code_point(bytes);
    const std::size_t length = first ? first->length : 1;
    out += first ? std::string(bytes.substr(0, length)) : hex_escape(bytes[0]);
    bytes.remove_prefix(length);
  }
  return out;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const char32_t code = take_code_point(text);
    switch (code) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        if (code >= ' ' && code <= '~') {
          out += static_cast<char>(code);
        } else if (code < 0x10000) {
          append_escaped(out, code);
        } else {  // JSON escapes are UTF-16
          append_escaped(out, 0xD800 + ((code - 0x10000) >> 10));
          append_escaped(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
        }
    }
  }
  return out + '"';
}

JsonWriter::JsonWriter(int indent) : indent_(indent) {
  require(indent >= 0, Fault::internal, "JsonWriter: the indent must be 0 or more, not ", indent);
}

JsonWriter& JsonWriter::key(std::string_view name) {
  require(!levels_.empty() && levels_.back().closing == '}' && !key_waits_, Fault::internal, "JsonWriter: the key '",
          name, "' stands where no key belongs");
  auto& keys = levels_.back().keys;
  require(std::find(keys.begin(), keys.end(), name) == keys.end(), Fault::internal, "JsonWriter: the key '", name,
          "' comes twice in one object");
  keys.emplace_back(name);
  next_element();
  out_ += json_string(name) + ": ";
  key_waits_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(double value) {
  if (std::isnan(value)) return token("NaN");
  if (std::isinf(value)) return token(value < 0 ? "-Infinity" : "Infinity");
  return token(python_repr(value));
}

JsonWriter& JsonWriter::value(std::string_view text) { return token(json_string(text)); }

JsonWriter& JsonWriter::value(std::span<const double> values) {
  begin_array();
  for (const double each : values) value(each);
  return end_array();
}

std::string JsonWriter::finish() {
  require(levels_.empty() && !out_.empty(), Fault::internal, "JsonWriter: the text is not complete, ", levels_.size(),
          " brackets are open");
  return std::move(out_);
}

JsonWriter& JsonWriter::open(char bracket) {
  before_value();
  out_ += bracket;
  levels_.push_back({.closing = bracket == '{' ? '}' : ']', .keys = {}});
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  require(!levels_.empty() && levels_.back().closing == bracket && !key_waits_, Fault::internal, "JsonWriter: '",
          bracket, "' closes nothing");
  const bool empty = levels_.back().empty;
  levels_.pop_back();
  if (!empty) line_break();  // an empty one stays {} or []
  out_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::token(std::string_view text) {
  before_value();
  out_ += text;
  return *this;
}

// A value may come after its key, as the next element of an array, or alone as the whole text.
void JsonWriter::before_value() {
  if (levels_.empty()) {
    require(out_.empty(), Fault::internal, "JsonWriter: a second value after the end of the text");
  } else if (levels_.back().closing == '}') {
    require(key_waits_, Fault::internal, "JsonWriter: a value in an object needs its key first");
    key_waits_ = false;
  } else {
    next_element();
  }
}

void JsonWriter::next_element() {
  Level& level = levels_.back();
  if (!level.empty) out_ += indent_ < 0 ? ", " : ",";
  level.empty = false;
  line_break();
}

void JsonWriter::line_break() {
  if (indent_ < 0) return;
  out_ += '\n';
  out_.append(levels_.size() * static_cast<std::size_t>(indent_), ' ');
}

}  // namespace deepobs
