#include "runner/results/text/python_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <type_traits>

#include "engine/base/check.h"

namespace deepobs {

namespace {

// A finite value in scientific notation: with `digits` after the point, or with as many as the value needs (-1).
std::string scientific(double value, int digits) {
  std::array<char, 64> buffer;
  char* const end = buffer.data() + buffer.size();
  const auto done = digits < 0 ? std::to_chars(buffer.data(), end, value, std::chars_format::scientific)
                               : std::to_chars(buffer.data(), end, value, std::chars_format::scientific, digits);
  require(done.ec == std::errc(), Fault::internal, "python_text: a float needs more than 64 characters");
  return {buffer.data(), done.ptr};
}

// The numbers, each as `print` writes it, with ", " between them.
template <class Print>
std::string joined(std::span<const double> values, Print print) {
  std::string out;
  for (const double each : values) {
    if (!out.empty()) out += ", ";
    out += print(each);
  }
  return out;
}

}  // namespace

std::string python_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";

  // "-d.ddde-XX" falls apart into sign, digits and exponent; Python lays the digits out anew.
  const std::string shortest = scientific(value, -1);
  const std::size_t e = shortest.find('e');
  const int exponent = std::stoi(shortest.substr(e + 1));
  if (exponent < -4 || exponent >= 16) return shortest;

  const std::string sign = shortest[0] == '-' ? "-" : "";
  std::string digits = shortest.substr(sign.size(), e - sign.size());
  if (digits.size() > 1) digits.erase(1, 1);  // the point
  if (exponent < 0) return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const std::size_t whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return sign + digits + std::string(whole - digits.size(), '0') + ".0";
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

std::string float2str(double value, PointStyle style) {
  require(std::isfinite(value), Fault::usage, "a number in a folder name must be finite, not ", python_repr(value));
  const std::string all = scientific(value, 10);
  const std::size_t e = all.find('e');
  std::string mantissa = all.substr(0, e);
  mantissa.erase(mantissa.find_last_not_of('0') + 1);
  if (style == PointStyle::stripped && mantissa.back() == '.') mantissa.pop_back();
  return mantissa + all.substr(e);
}

std::string python_text(bool value) { return value ? "True" : "False"; }

std::string python_text(std::int64_t value) { return std::to_string(value); }

std::string python_tuple(std::span<const double> values) {
  return text("(", joined(values, python_repr), values.size() == 1 ? ",)" : ")");
}

std::string python_list(std::span<const double> values) { return text("[", joined(values, python_repr), "]"); }

std::string python_int_list(std::span<const double> values) { return text("[", joined(values, python_int), "]"); }

std::string python_int(double value) {
  // Below 2^63 the conversion is exact; nothing that is counted comes near.
  if (std::trunc(value) == value && std::abs(value) < 0x1p63) return std::to_string(static_cast<std::int64_t>(value));
  return python_repr(value);
}

std::string name_text(const HyperValue& value, PointStyle style) {
  return std::visit(
      [style](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, double>)
          return float2str(v, style);
        else if constexpr (std::is_same_v<T, std::vector<double>>)
          return python_tuple(v);
        else if constexpr (std::is_same_v<T, std::string>)
          return v;
        else
          return python_text(v);
      },
      value);
}

}  // namespace deepobs
