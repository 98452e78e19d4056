#pragma once

#include <cstdint>
#include <string_view>

namespace deepobs {

/// How products and convolutions of a GPU treat their operands. Sums are float32, and so is whatever is not said here:
/// parameters, their gradients, the optimizer, losses.
enum class Precision : std::uint8_t {
  fp32,  ///< as they are: IEEE single precision
  tf32,  ///< float32 numbers, rounded to 10 bits of fraction on the way into the matrix units
  bf16,  ///< mixed: rounded to 7 bits of fraction, and kept so between the layers
};
std::string_view name_of(Precision precision);

/// Errors: usage, with the names there are.
Precision precision_of(std::string_view name);

}  // namespace deepobs
