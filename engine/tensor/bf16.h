#pragma once

#include <cstdint>

#include "engine/tensor/host_device.h"

namespace deepobs {

/// A number of 16 bits: the upper half of a float, so with its exponents and 8 significant bits ("brain floating
/// point").
struct Bf16 {
  std::uint16_t bits;
};

DEEPOBS_HOST_DEVICE static inline float f32_of(Bf16 x) {
  return __builtin_bit_cast(float, static_cast<std::uint32_t>(x.bits) << 16);
}

DEEPOBS_HOST_DEVICE static inline float f32_of(float x) { return x; }  // for loops over either

/// The nearest one, of two the even one; beyond the largest infinity. A NaN stays a NaN.
DEEPOBS_HOST_DEVICE static inline Bf16 bf16_of(float x) {
  const auto bits = __builtin_bit_cast(std::uint32_t, x);
  const std::uint32_t nan = (bits >> 16) | 0x40u;  // quiet, so that no bit is left to be cut off
  const std::uint32_t nearest = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  return {static_cast<std::uint16_t>((bits & 0x7FFFFFFFu) > 0x7F800000u ? nan : nearest)};
}

}  // namespace deepobs
