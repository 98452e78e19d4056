#pragma once

#include <cstdint>
#include <string_view>

namespace deepobs {

/// How products and convolutions of a GPU treat their float32 operands. Everything else is IEEE single precision.
enum class Precision : std::uint8_t {
  fp32,  ///< as they are
  tf32,  ///< rounded to 10 bits of fraction on the way into the matrix units, sums in float32
};
std::string_view name_of(Precision precision);

/// Errors: usage, with the names there are.
Precision precision_of(std::string_view name);

}  // namespace deepobs
