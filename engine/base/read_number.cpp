#include "engine/base/read_number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <system_error>

namespace deepobs {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The text without its first character, if that is one of `signs`.
std::string_view without_sign(std::string_view text, std::string_view signs) {
  if (!text.empty() && signs.find(text.front()) != std::string_view::npos) text.remove_prefix(1);
  return text;
}

/// Takes the digits off the front of the text.
std::string_view take_digits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit) - text.begin();
  const auto digits = text.substr(0, static_cast<std::size_t>(end));
  text.remove_prefix(digits.size());
  return digits;
}

template <class Number>
NumberRead read_all(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end != text.data() + text.size()) return NumberRead::no_number;
  if (error == std::errc::result_out_of_range) return NumberRead::out_of_range;
  return error == std::errc() ? NumberRead::number : NumberRead::no_number;
}

}  // namespace

NumberRead read_number(std::string_view text, double& value) {
  return read_all(text.starts_with("+-") ? text : without_sign(text, "+"), value);
}

NumberRead read_number(std::string_view text, std::int64_t& value) {
  std::string_view rest = without_sign(text, "+-");
  std::string digits(take_digits(rest));
  std::int64_t exponent = 0;  // of ten, that the digits are multiplied by
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    const auto fraction = take_digits(rest);
    digits += fraction;
    exponent -= static_cast<std::int64_t>(fraction.size());
  }
  if (digits.empty()) return NumberRead::no_number;
  if (rest.starts_with('e') || rest.starts_with('E')) {
    std::int64_t written = 0;
    rest.remove_prefix(1);
    const bool negative = rest.starts_with('-');
    rest = without_sign(rest, "+-");
    // More digits of an exponent than anybody means: the number is none of 64 bits, and no whole one, unless it is 0.
    constexpr std::int64_t far = 1'000'000'000;
    const NumberRead read = rest.starts_with('-') ? NumberRead::no_number : read_all(rest, written);
    if (read == NumberRead::no_number) return read;
    if (read == NumberRead::out_of_range || written > far) written = far;
    exponent += negative ? -written : written;
    rest = {};
  }
  if (!rest.empty()) return NumberRead::no_number;

  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  while (digits.ends_with('0')) {
    digits.pop_back();
    ++exponent;
  }
  if (digits.empty()) {
    value = 0;
    return NumberRead::number;
  }
  if (exponent < 0) return NumberRead::no_number;
  constexpr std::int64_t most_digits = 19;  // of 2^63
  if (static_cast<std::int64_t>(digits.size()) + exponent > most_digits) return NumberRead::out_of_range;
  digits.append(static_cast<std::size_t>(exponent), '0');
  return read_all((text.starts_with('-') ? "-" : "") + digits, value);
}

std::optional<std::int64_t> whole_number(double value) {
  if (!(std::fabs(value) <= 0x1p53) || value != std::trunc(value)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

}  // namespace deepobs
