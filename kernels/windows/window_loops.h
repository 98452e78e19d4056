#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/cpu/loops.h"
#include "kernels/cpu/simd.h"
#include "kernels/windows/padding.h"
#include "kernels/windows/window_ranges.h"

namespace deepobs::DEEPOBS_ISA {

// The bodies of the pooling ops share these: the work at a window and at a pixel, and blocks of channels as vectors.
// Only plain structs and internal linkage: see cpu_body.h.

/// Elementary steps of an output, and of a pixel's gradient: for the size of tasks. Above the grain it does not matter
/// how many, and no product of theirs overflows.
static inline std::int64_t steps_at_a_window(const WindowGeometry& g) {
  const std::int64_t steps = std::int64_t{smaller(g.kernel.h, g.input.h)} * smaller(g.kernel.w, g.input.w);
  return steps < parallel_grain ? steps : parallel_grain;
}
static inline std::int64_t steps_at_a_pixel(const WindowGeometry& g) {
  const std::int64_t steps = std::int64_t{g.kernel.h / g.stride.h + 1} * (g.kernel.w / g.stride.w + 1);
  return steps < parallel_grain ? steps : parallel_grain;
}

/// The gradient of a pixel that no window sees.
static inline void clear(float* dx, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) dx[c] = 0.f;
}

/// `number` channels side by side: a vector of the instruction set's width, half of one (next to doubles), or just one.
template <int number>
struct Channels {
  static constexpr int count = number;
  // typedef: in a using, GCC 12 forgets a vector_size that depends on the template.
  typedef float F32 __attribute__((vector_size(number * sizeof(float))));
  typedef double F64 __attribute__((vector_size(number * sizeof(double))));
  typedef std::int32_t I32 __attribute__((vector_size(number * sizeof(float))));
};

template <class Vector, class T>
static inline Vector load_channels(const T* from) {
  Vector v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

template <class Vector, class T>
static inline void store_channels(T* to, Vector v) {
  std::memcpy(to, &v, sizeof v);
}

// Conversions between vectors of different width, which GCC 12 takes apart into single elements. (The forms with a
// mask, here a full one: it warns of uninitialized variables inside the others.)

template <class C>
static inline typename C::F64 load_doubles(const float* from) {
#if defined(__AVX512F__)
  if constexpr (C::count == 8) return _mm512_maskz_cvtps_pd(0xFF, _mm256_loadu_ps(from));
#elif defined(__AVX2__)
  if constexpr (C::count == 4) return _mm256_cvtps_pd(_mm_loadu_ps(from));
#endif
  typename C::F64 v;
  for (int k = 0; k < C::count; ++k) v[k] = from[k];
  return v;
}

template <class C>
static inline void store_rounded(float* to, typename C::F64 v) {
#if defined(__AVX512F__)
  if constexpr (C::count == 8) return _mm256_storeu_ps(to, _mm512_maskz_cvtpd_ps(0xFF, v));
#elif defined(__AVX2__)
  if constexpr (C::count == 4) return _mm_storeu_ps(to, _mm256_cvtpd_ps(v));
#endif
  for (int k = 0; k < C::count; ++k) to[k] = static_cast<float>(v[k]);
}

template <class C>
static inline void store_integers(std::int32_t* to, typename C::I32 v) {
  store_channels(to, v);
}

/// Each is in [0, 256).
template <class C>
static inline void store_integers(std::uint8_t* to, typename C::I32 v) {
#if defined(__AVX512F__)
  if constexpr (C::count == 16)
    return _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_maskz_cvtepi32_epi8(0xFFFF, (__m512i)v));
#elif defined(__AVX2__)
  if constexpr (C::count == 8) {
    const auto words = (__m256i)v;
    const __m128i halves = _mm_packus_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    return _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packus_epi16(halves, halves));
  }
#endif
  for (int k = 0; k < C::count; ++k) to[k] = static_cast<std::uint8_t>(v[k]);
}

template <class C>
static inline typename C::I32 load_integers(const std::int32_t* from) {
  return load_channels<typename C::I32>(from);
}

template <class C>
static inline typename C::I32 load_integers(const std::uint8_t* from) {
#if defined(__AVX512F__)
  if constexpr (C::count == 16)
    return (typename C::I32)_mm512_maskz_cvtepu8_epi32(0xFFFF, _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
#elif defined(__AVX2__)
  if constexpr (C::count == 8)
    return (typename C::I32)_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
#endif
  typename C::I32 v;
  for (int k = 0; k < C::count; ++k) v[k] = from[k];
  return v;
}

/// block(Channels<...>, c) for blocks that cover the channels [0, channels). The last whole block may overlap the one
/// before it, so a block must do the same whenever it is done; fewer channels than a block has go one by one.
template <int count, class Block>
static inline void for_each_channel_block(std::int64_t channels, Block&& block) {
  if (channels < count) {
    for (std::int64_t c = 0; c < channels; ++c) block(Channels<1>{}, c);
    return;
  }
  std::int64_t c = 0;
  for (; c + count <= channels; c += count) block(Channels<count>{}, c);
  if (c < channels) block(Channels<count>{}, channels - count);
}

}  // namespace deepobs::DEEPOBS_ISA
