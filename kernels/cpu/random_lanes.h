#pragma once

// random_words() of consecutive blocks, in the lanes of vectors. Only for *_cpu.cpp files and the headers that they alone
// include.

#include "engine/tensor/random.h"
#include "kernels/cpu/simd.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace deepobs::DEEPOBS_ISA {

/// Random words, as many as a Vec has floats.
using WordVec = std::uint32_t __attribute__((vector_size(lanes * sizeof(float))));

/// Half as many words, each in the lower half of 64 bits. What stands in the upper halves has no meaning.
using WideVec = std::uint64_t __attribute__((vector_size(lanes * sizeof(float))));

constexpr std::int64_t blocks_of_wide = lanes / 2;

/// The products of the words, all 64 bits of them.
[[gnu::always_inline]] static inline WideVec multiply_words(WideVec a, WideVec b) {
#if defined(__AVX512F__)
  return __builtin_bit_cast(WideVec, _mm512_mul_epu32(__builtin_bit_cast(__m512i, a), __builtin_bit_cast(__m512i, b)));
#elif defined(__AVX2__)
  return __builtin_bit_cast(WideVec, _mm256_mul_epu32(__builtin_bit_cast(__m256i, a), __builtin_bit_cast(__m256i, b)));
#elif defined(__SSE2__)
  return __builtin_bit_cast(WideVec, _mm_mul_epu32(__builtin_bit_cast(__m128i, a), __builtin_bit_cast(__m128i, b)));
#else
  return (a & 0xFFFFFFFFu) * (b & 0xFFFFFFFFu);
#endif
}

/// The words of two vectors, in turns: the first of a, the first of b, the second of a, ...
template <int... lane>
[[gnu::always_inline]] static inline void interleave(WideVec a, WideVec b, WordVec (&to)[2],
                                                     std::integer_sequence<int, lane...>) {
  constexpr int half = lanes / 4, all = lanes / 2;
  to[0] = __builtin_bit_cast(WordVec, WideVec(__builtin_shufflevector(a, b, (lane / 2 + lane % 2 * all)...)));
  to[1] = __builtin_bit_cast(WordVec, WideVec(__builtin_shufflevector(a, b, (half + lane / 2 + lane % 2 * all)...)));
}

/// The words of `groups * blocks_of_wide` blocks from `first_block` on, in their order: 4 * i + w is word w of block i.
/// Several groups at a time keep a core busy, because a round waits for the one before it.
template <int groups>
[[gnu::always_inline]] static inline void random_lanes(std::uint64_t seed, Stream stream, std::uint32_t sub,
                                                       std::uint64_t when, std::int64_t first_block,
                                                       WordVec (&words)[2 * groups]) {
  const RandomWords counter = random_counter(stream, sub, when, static_cast<std::uint32_t>(first_block));
  const auto in_all = [](std::uint64_t word) __attribute__((always_inline)) { return word - WideVec{}; };
  WideVec x[groups][4] = {};
  for (int g = 0; g < groups; ++g) {
    for (int lane = 0; lane < lanes / 2; ++lane)
      x[g][0][lane] = counter[0] + static_cast<std::uint64_t>(g * blocks_of_wide + lane);
    for (int w = 1; w < 4; ++w) x[g][w] = in_all(counter[static_cast<std::size_t>(w)]);
  }
  auto k0 = static_cast<std::uint32_t>(seed);
  auto k1 = static_cast<std::uint32_t>(seed >> 32);
  const WideVec factor0 = in_all(philox_factor0), factor1 = in_all(philox_factor1);
#pragma GCC unroll 10
  for (int round = 0; round < philox_rounds; ++round) {
    for (int g = 0; g < groups; ++g) {
      const WideVec p0 = multiply_words(x[g][0], factor0), p1 = multiply_words(x[g][2], factor1);
      x[g][0] = (p1 >> 32) ^ x[g][1] ^ in_all(k0);
      x[g][1] = p1;
      x[g][2] = (p0 >> 32) ^ x[g][3] ^ in_all(k1);
      x[g][3] = p0;
    }
    k0 += philox_step0;
    k1 += philox_step1;
  }
  for (int g = 0; g < groups; ++g) {
    // Two words of a block side by side, then the block's two pairs.
    const auto pair = [](WideVec a, WideVec b) __attribute__((always_inline)) { return (a & 0xFFFFFFFFu) | (b << 32); };
    WordVec part[2];
    interleave(pair(x[g][0], x[g][1]), pair(x[g][2], x[g][3]), part, std::make_integer_sequence<int, lanes / 2>());
    words[2 * g] = part[0];
    words[2 * g + 1] = part[1];
  }
}

}  // namespace deepobs::DEEPOBS_ISA
