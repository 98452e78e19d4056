#pragma once

#include <cmath>
#include <cstdint>

#include "engine/tensor/host_device.h"

namespace deepobs {

// What becomes of the bytes of an image without random operations, for all devices. Internal linkage: see cpu_body.h.

/// byte / 255, correctly rounded, without a division: 1/255 in two parts, of which the first times a byte is exact.
/// (No byte's quotient comes near enough to the middle between two floats; the test tries all.)
DEEPOBS_HOST_DEVICE static inline float scaled_byte(std::uint8_t byte) {
  constexpr float high = 0x1.01p-8f;
  constexpr auto low = static_cast<float>(1. / 255. - static_cast<double>(high));
  const auto value = static_cast<float>(byte);
  return value * high + value * low;
}

/// Standardisation of one image: byte -> (byte - centre - rest) gain.
struct ByteMap {
  float centre, rest, gain;
};
DEEPOBS_HOST_DEVICE static inline float mapped_byte(const ByteMap& map, std::uint8_t byte) {
  return (static_cast<float>(byte) - map.centre - map.rest) * map.gain;
}

/// From the sums of `count` bytes and of their squares. Mean and variance of bytes are quotients of integers, so
/// nothing is lost before the last operations.
DEEPOBS_HOST_DEVICE static inline ByteMap byte_map(std::uint64_t sum, std::uint64_t squares, std::int64_t count) {
  const auto n = static_cast<double>(count);
  const double mean = static_cast<double>(sum) / n;
  // n^2 variance = n squares - sum^2, an integer below 2^64.
  const auto spread = static_cast<double>(static_cast<std::uint64_t>(count) * squares - sum * sum);
  const double deviation = std::sqrt(spread) / n;
  const double least = 1. / std::sqrt(n);
  const auto centre = static_cast<float>(mean);
  return {centre, static_cast<float>(mean - static_cast<double>(centre)),
          static_cast<float>(1. / (deviation > least ? deviation : least))};
}

}  // namespace deepobs
