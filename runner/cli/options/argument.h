#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace deepobs {

// The values of command-line options as numbers: "010" is ten, "1e3" a thousand, also as a whole number, and what does
// not fit is refused. NaN and infinities are numbers here; whoever uses them decides.
// Errors: usage, e.g. "batch_size must be a whole number, not '1.5'".

using ArgumentTexts = std::vector<std::string>;

void read_argument(std::string_view option, const ArgumentTexts& given, double& value);
void read_argument(std::string_view option, const ArgumentTexts& given, std::int64_t& value);
void read_argument(std::string_view option, const ArgumentTexts& given, int& value);

/// One or more numbers.
void read_argument(std::string_view option, const ArgumentTexts& given, std::vector<double>& values);

template <class Value>
void read_argument(std::string_view option, const ArgumentTexts& given, std::optional<Value>& value) {
  read_argument(option, given, value.emplace());
}

}  // namespace deepobs
