#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/named_value.h"

namespace deepobs {

/// Values as Python prints them. DeepOBS is a Python program, and its folder names and files are made of such texts;
/// they must come out byte for byte, or existing baselines and analysis tools do not find their settings.

/// repr(value) of a Python float: the shortest decimal that reads back as the same double, in fixed notation for
/// 1e-4 <= |value| < 1e16 and scientific notation elsewhere: 0.1, 1e-05, 123456.0, 1e+16, -0.0, nan, inf, -inf.
std::string python_repr(double value);

/// What float2str does with the point of a mantissa without digits behind it.
enum class PointStyle {
  kept,      ///< 1.e-03, as DeepOBS 1.1 and 1.2
  stripped,  ///< 1e-03, as its PyTorch port
};

/// DeepOBS's float2str: "%.10e", correctly rounded, without the trailing zeros of the mantissa.
/// Errors: usage for NaN and infinities, which have no such text (the reference fails on them as well).
std::string float2str(double value, PointStyle style);

/// str() of the other values that occur in names.
std::string python_text(bool value);          ///< True, False
std::string python_text(std::int64_t value);  ///< 20
inline constexpr std::string_view python_none = "None";

/// str() of a tuple and of a list of floats: (0.9, 0.999), (0.9,), (), [0.1, 0.01], [].
std::string python_tuple(std::span<const double> values);
std::string python_list(std::span<const double> values);

/// str() of a list of ints, [80, 120], given as doubles; one that is not a whole number is printed as the float it is.
std::string python_int_list(std::span<const double> values);

/// "80" for 80.0 and "2.5" for 2.5: an int as Python prints it where numbers are carried as doubles.
std::string python_int(double value);

/// A hyperparameter in a folder name: floats by float2str, everything else by str(); the floats inside a tuple by repr,
/// a word as it is.
std::string name_text(const HyperValue& value, PointStyle style);

}  // namespace deepobs
