#pragma once

// One vector register of floats, as wide as the instruction set that this file is compiled for. Only for *_cpu.cpp
// files and the headers that they alone include.

#include <cstdint>
#include <cstring>
#include <utility>

#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace deepobs::DEEPOBS_ISA {

#if defined(__AVX512F__)
constexpr int lanes = 16;
#elif defined(__AVX2__)
constexpr int lanes = 8;
#else
constexpr int lanes = 4;
#endif

using Vec = float __attribute__((vector_size(lanes * sizeof(float))));
using IntVec = std::int32_t __attribute__((vector_size(lanes * sizeof(float))));

#define DEEPOBS_SIMD [[gnu::always_inline]] static inline

/// No function here asks for an aligned address.
DEEPOBS_SIMD Vec load(const float* from) {
  Vec v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

DEEPOBS_SIMD void store(float* to, Vec v) { std::memcpy(to, &v, sizeof v); }

DEEPOBS_SIMD Vec broadcast(float x) { return x - Vec{}; }

/// a * b + c; rounded once where the instruction set can, else twice. `portable` rounds twice on every machine.
DEEPOBS_SIMD Vec fma(Vec a, Vec b, Vec c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__)
  return _mm256_fmadd_ps(a, b, c);
#else
  return a * b + c;
#endif
}

/// fma() with *a in every lane. Where folds_broadcast, it is one instruction, which the compiler would take apart.
#if defined(__AVX512F__)
constexpr bool folds_broadcast = true;
DEEPOBS_SIMD Vec fma_broadcast(const float* a, Vec b, Vec c) {
  asm("vfmadd231ps %2%{1to16%}, %1, %0" : "+v"(c) : "v"(b), "m"(*a));
  return c;
}
#else
constexpr bool folds_broadcast = false;
DEEPOBS_SIMD Vec fma_broadcast(const float* a, Vec b, Vec c) { return fma(broadcast(*a), b, c); }
#endif

/// max(x, 0), which keeps a NaN.
DEEPOBS_SIMD Vec relu(Vec x) { return x < 0.f ? Vec{} : x; }

/// x, with zeros where `gate` is <= 0. A NaN in the gate lets x pass.
DEEPOBS_SIMD Vec zero_unless_positive(Vec x, Vec gate) { return gate <= 0.f ? Vec{} : x; }

#if defined(__AVX2__) && !defined(__AVX512F__)
DEEPOBS_SIMD __m256i first_lanes(int count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
#endif

/// The first `count` floats, 0 <= count <= lanes, zeros behind them. Touches no memory behind the count.
DEEPOBS_SIMD Vec load_first(const float* from, int count) {
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from);
#elif defined(__AVX2__)
  return _mm256_maskload_ps(from, first_lanes(count));
#else
  Vec v{};
#pragma GCC unroll 4
  for (int i = 0; i < lanes; ++i)  // all lanes: a lane whose number is no constant goes through memory
    if (i < count) v[i] = from[i];
  return v;
#endif
}

/// Lanes [begin, end) of the vector at `from`, zeros elsewhere; end <= begin gives zeros. Touches no other memory.
DEEPOBS_SIMD Vec load_between(const float* from, int begin, int end) {
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>(((1u << end) - 1) & ~((1u << begin) - 1)), from);
#elif defined(__AVX2__)
  return _mm256_maskload_ps(from, _mm256_andnot_si256(first_lanes(begin), first_lanes(end)));
#else
  Vec v{};
  for (int i = begin; i < end; ++i) v[i] = from[i];
  return v;
#endif
}

/// Stores the first `count` lanes, 0 <= count <= lanes. Touches no memory behind the count.
DEEPOBS_SIMD void store_first(float* to, Vec v, int count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), v);
#elif defined(__AVX2__)
  _mm256_maskstore_ps(to, first_lanes(count), v);
#else
#pragma GCC unroll 4
  for (int i = 0; i < lanes; ++i)
    if (i < count) to[i] = v[i];
#endif
}

/// Whether any lane is not 0.
DEEPOBS_SIMD bool any(IntVec v) {
#if defined(__AVX512F__)
  const auto bits = __builtin_bit_cast(__m512i, v);
  return _mm512_test_epi32_mask(bits, bits) != 0;
#elif defined(__AVX2__)
  const auto bits = __builtin_bit_cast(__m256i, v);
  return !_mm256_testz_si256(bits, bits);
#else
  return (v[0] | v[1] | v[2] | v[3]) != 0;
#endif
}

/// Four floats from each of lanes / 4 rows, 4 * stride floats apart.
DEEPOBS_SIMD Vec load_quads(const float* from, std::int64_t stride) {
#if defined(__AVX512F__)
  // Loads that fill a quarter each spare the shuffles, of which there is only one a cycle.
  const __m512 quad = _mm512_castps128_ps512(_mm_loadu_ps(from));
  const __m512 half = _mm512_mask_broadcast_f32x4(quad, 0x00F0, _mm_loadu_ps(from + 4 * stride));
  const __m512 most = _mm512_mask_broadcast_f32x4(half, 0x0F00, _mm_loadu_ps(from + 8 * stride));
  return _mm512_mask_broadcast_f32x4(most, 0xF000, _mm_loadu_ps(from + 12 * stride));
#elif defined(__AVX2__)
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from)), _mm_loadu_ps(from + 4 * stride), 1);
#else
  (void)stride;
  return load(from);
#endif
}

/// Exchanges, in each quarter of four lanes, rows and columns of four vectors.
template <int... lane>
DEEPOBS_SIMD void transpose_quads(const Vec (&in)[4], Vec (&out)[4], std::integer_sequence<int, lane...>) {
  // Of each pair of rows, the lanes of two columns side by side, then of each such pair one column.
  const Vec a = __builtin_shufflevector(in[0], in[1], (lane / 4 * 4 + lane % 4 / 2 + lane % 2 * lanes)...);
  const Vec b = __builtin_shufflevector(in[2], in[3], (lane / 4 * 4 + lane % 4 / 2 + lane % 2 * lanes)...);
  const Vec c = __builtin_shufflevector(in[0], in[1], (lane / 4 * 4 + lane % 4 / 2 + lane % 2 * lanes + 2)...);
  const Vec d = __builtin_shufflevector(in[2], in[3], (lane / 4 * 4 + lane % 4 / 2 + lane % 2 * lanes + 2)...);
  out[0] = __builtin_shufflevector(a, b, (lane / 4 * 4 + lane % 2 + lane % 4 / 2 * lanes)...);
  out[1] = __builtin_shufflevector(a, b, (lane / 4 * 4 + lane % 2 + lane % 4 / 2 * lanes + 2)...);
  out[2] = __builtin_shufflevector(c, d, (lane / 4 * 4 + lane % 2 + lane % 4 / 2 * lanes)...);
  out[3] = __builtin_shufflevector(c, d, (lane / 4 * 4 + lane % 2 + lane % 4 / 2 * lanes + 2)...);
}

DEEPOBS_SIMD void transpose_quads(const Vec (&in)[4], Vec (&out)[4]) {
  transpose_quads(in, out, std::make_integer_sequence<int, lanes>());
}

/// A square of `lanes` rows, `stride` floats apart, as its columns: `give(k, column k)` for k = 0, 1, ..., lanes - 1.
template <class Give>
DEEPOBS_SIMD void load_columns(const float* from, std::int64_t stride, Give give) {
#pragma GCC unroll 4
  for (int quad = 0; quad < lanes; quad += 4) {
    const float* part = from + quad;
    const Vec rows[4] = {load_quads(part, stride), load_quads(part + stride, stride),
                         load_quads(part + 2 * stride, stride), load_quads(part + 3 * stride, stride)};
    Vec columns[4];
    transpose_quads(rows, columns);
    for (int k = 0; k < 4; ++k) give(quad + k, columns[k]);
  }
}

#undef DEEPOBS_SIMD

}  // namespace deepobs::DEEPOBS_ISA
