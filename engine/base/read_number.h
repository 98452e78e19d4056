#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace deepobs {

/// What became of a text that should be a number.
enum class NumberRead : std::uint8_t {
  number,
  no_number,     ///< or, where a whole number was wanted, one with a fraction
  out_of_range,  ///< a number, and too large or too small to be represented
};

// Numbers are written in decimal, with a point, an exponent and any sign: "010" is ten, and there is no space in them.

/// "0.1", "+.5", "1e-3", "nan", "-inf": rounded to the nearest double.
NumberRead read_number(std::string_view text, double& value);

/// A whole number in any spelling: "20", "1e3", "2.50e2". It is read digit by digit, so no double rounds it.
NumberRead read_number(std::string_view text, std::int64_t& value);

/// The whole number that a double is, up to 2^53: beyond, it may stand for one of its neighbours.
std::optional<std::int64_t> whole_number(double value);

}  // namespace deepobs
