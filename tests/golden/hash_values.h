#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Inputs of the golden references, the twin of common.py: every number is a pure function of (stream, index), so no
/// file has to carry them. Only the tests use this; the library's own randomness is engine/tensor/random.h.
namespace deepobs {

inline constexpr std::uint64_t golden_gamma = 0x9E3779B97F4A7C15u;

/// The output of splitmix64 whose state is `state` before the step (Steele, Lea, Flood, OOPSLA 2014).
constexpr std::uint64_t splitmix64(std::uint64_t state) {
  std::uint64_t z = state + golden_gamma;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

constexpr std::uint64_t hash_bits(std::uint64_t stream, std::uint64_t index) {
  return splitmix64(splitmix64(stream) + index * golden_gamma);
}

/// Uniform in [-1, 1), a multiple of 2^-23: exact in float.
constexpr float hash_value(std::uint64_t stream, std::uint64_t index) {
  const auto top = static_cast<std::int32_t>(hash_bits(stream, index) >> 40);
  return static_cast<float>(top - (1 << 23)) * 0x1p-23f;
}

constexpr std::uint8_t hash_byte(std::uint64_t stream, std::uint64_t index) {
  return static_cast<std::uint8_t>(hash_bits(stream, index) >> 56);
}

/// In [0, classes).
constexpr std::int32_t hash_label(std::uint64_t stream, std::uint64_t index, std::int32_t classes) {
  const std::uint64_t top = hash_bits(stream, index) >> 32;
  return static_cast<std::int32_t>((top * static_cast<std::uint64_t>(classes)) >> 32);
}

/// `count` values from index 0 on, times `scale`, rounded once to float.
inline std::vector<float> hash_scaled(std::uint64_t stream, std::size_t count, float scale = 1.0f) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = hash_value(stream, i) * scale;
  return values;
}

inline std::vector<std::int32_t> hash_labels(std::uint64_t stream, std::size_t count, std::int32_t classes) {
  std::vector<std::int32_t> labels(count);
  for (std::size_t i = 0; i < count; ++i) labels[i] = hash_label(stream, i, classes);
  return labels;
}

/// Bytes [labels.size(), channels, height, width] as the official files order them: noise, averaged (rounding down)
/// with a pattern of 4x4 blocks that belongs to the label, so that a short training has something to learn.
inline std::vector<std::uint8_t> hash_images(std::uint64_t noise_stream, std::uint64_t pattern_stream,
                                             std::span<const std::int32_t> labels, std::size_t channels,
                                             std::size_t height, std::size_t width) {
  const std::size_t blocks_y = (height + 3) / 4;
  const std::size_t blocks_x = (width + 3) / 4;
  std::vector<std::uint8_t> bytes;
  bytes.reserve(labels.size() * channels * height * width);
  for (const std::int32_t label : labels) {
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t y = 0; y < height; ++y) {
        for (std::size_t x = 0; x < width; ++x) {
          const std::size_t row = (static_cast<std::size_t>(label) * channels + c) * blocks_y + y / 4;
          const int pattern = hash_byte(pattern_stream, row * blocks_x + x / 4);
          const int noise = hash_byte(noise_stream, bytes.size());
          bytes.push_back(static_cast<std::uint8_t>((noise + pattern) / 2));
        }
      }
    }
  }
  return bytes;
}

}  // namespace deepobs
