#pragma once

#include <array>
#include <cstdint>

#include "engine/tensor/host_device.h"

namespace deepobs {

/// What a random number is for. Numbers of different streams are independent.
enum class Stream : std::uint32_t {
  initial = 1,       ///< initial parameters; `when`: initial_stream() of the parameter's name
  shuffle = 2,       ///< order of the training set; `when`: the epoch
  train_eval = 3,    ///< which training examples are evaluated; `when`: the epoch
  augment = 4,       ///< training augmentation; `when`: the step
  augment_eval = 5,  ///< augmentation of the evaluated training examples; `when`: the step of the evaluation
  dropout = 6,       ///< dropout masks; sub-stream: the layer, `when`: the step
  validation = 7,    ///< which training examples are held out for validation
};

using RandomWords = std::array<std::uint32_t, 4>;

// Functions here have internal linkage: they are compiled into bodies of every instruction set, and the linker must not
// merge those. A GPU draws with the same ones.

/// Philox 4x32: what its rounds multiply by, and what they add to the two halves of the key.
constexpr int philox_rounds = 10;
constexpr std::uint32_t philox_factor0 = 0xD2511F53, philox_factor1 = 0xCD9E8D57;
constexpr std::uint32_t philox_step0 = 0x9E3779B9, philox_step1 = 0xBB67AE85;

/// Philox 4x32 with ten rounds: four random words for each counter, a pure function of key and counter.
/// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
DEEPOBS_HOST_DEVICE static inline RandomWords philox(std::uint64_t key, const RandomWords& counter) {
  RandomWords x = counter;
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < philox_rounds; ++round) {
    const std::uint64_t p0 = std::uint64_t{philox_factor0} * x[0];
    const std::uint64_t p1 = std::uint64_t{philox_factor1} * x[2];
    x = {static_cast<std::uint32_t>(p1 >> 32) ^ x[1] ^ k0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ x[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += philox_step0;
    k1 += philox_step1;
  }
  return x;
}

/// The counter of (stream and sub-stream, when, block). `when` below 2^48, `sub` below 2^12 and `stream` below 2^4 keep
/// all of them distinct.
DEEPOBS_HOST_DEVICE static inline RandomWords random_counter(Stream stream, std::uint32_t sub, std::uint64_t when,
                                                             std::uint32_t block) {
  const std::uint32_t purpose = (static_cast<std::uint32_t>(stream) << 12) | (sub & 0xFFF);
  return {block, purpose | static_cast<std::uint32_t>((when >> 32) << 16), static_cast<std::uint32_t>(when), 0x0B5u};
}

/// The four words that belong to (seed, stream and sub-stream, when, block): the address of every random number of a
/// run.
DEEPOBS_HOST_DEVICE static inline RandomWords random_words(std::uint64_t seed, Stream stream, std::uint32_t sub,
                                                           std::uint64_t when, std::uint32_t block) {
  return philox(seed, random_counter(stream, sub, when, block));
}

/// Uniform in [0, 1), a multiple of 2^-24: exact in float.
DEEPOBS_HOST_DEVICE static inline float uniform(std::uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }

}  // namespace deepobs
