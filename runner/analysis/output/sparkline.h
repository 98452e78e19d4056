#pragma once

#include <span>
#include <string>

namespace deepobs {

/// A curve in `width` characters, from the lowest block to the full one: "█▅▂▁▁". Each stands for the mean of its share
/// of the values; for values that are all equal the lowest; a space where there is no finite one.
std::string sparkline(std::span<const double> values, std::size_t width);

}  // namespace deepobs
