#pragma once

#include <cstdint>

#include "engine/tensor/host_device.h"

namespace deepobs {

// exp, log, powers, tanh and the logistic sigmoid of float32, without a branch or a call, so that loops over them
// become vectors. Not libm's: that one picks its code by processor, so results would differ between machines. Errors
// are in units in the last place of the exact result, found by tests/kernels/cpu/math_test.cpp. For every function: NaN
// gives NaN, infinities their limits, and results below the normal range are rounded once. Internal linkage: see
// cpu_body.h. A GPU computes with the same functions, and rounds multiply_add() once.

DEEPOBS_HOST_DEVICE static inline std::uint32_t bits_of(float x) { return __builtin_bit_cast(std::uint32_t, x); }
DEEPOBS_HOST_DEVICE static inline float float_of(std::uint32_t bits) { return __builtin_bit_cast(float, bits); }

/// a * b + c, rounded once where the instruction set can.
DEEPOBS_HOST_DEVICE static inline float multiply_add(float a, float b, float c) {
#if defined(__CUDA_ARCH__)
  return __fmaf_rn(a, b, c);
#elif defined(__FMA__)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

/// 2^n for n in [-126, 127]; another number, but no undefined behaviour, elsewhere.
DEEPOBS_HOST_DEVICE static inline float power_of_two(std::int32_t n) {
  return float_of((static_cast<std::uint32_t>(n) + 127u) << 23);
}

/// x = n ln 2 + r with |r| <= ln 2 / 2: the start of exp. Needs |x| < 2^21.
struct ReducedExponent {
  std::int32_t n;
  float r;
};

DEEPOBS_HOST_DEVICE static inline ReducedExponent reduce_exponent(float x) {
  constexpr float round = 0x1.8p23f;  // adding it leaves the nearest whole number in the low bits
  const float shifted = multiply_add(x, 0x1.715476p0f, round);
  const float n = shifted - round;
  // ln 2 in two parts, the first of ten bits, so that n times it is exact (Cody and Waite).
  const float r = multiply_add(n, 0x1.bd0106p-13f, multiply_add(n, -0x1.63p-1f, x));
  return {static_cast<std::int32_t>(bits_of(shifted) - bits_of(round)), r};
}

/// e^r - 1 for |r| <= ln 2 / 2, as r + r^2 q(r). q interpolates (e^r - 1 - r) / r^2 at the Chebyshev nodes of that
/// range; with its coefficients in float32 the error is below 0.2 u of e^r, u = 2^-24.
DEEPOBS_HOST_DEVICE static inline float expm1_series(float r) {
  float q = 0x1.6d10fcp-10f;
  q = multiply_add(q, r, 0x1.120b62p-7f);
  q = multiply_add(q, r, 0x1.55551ap-5f);
  q = multiply_add(q, r, 0x1.5554dep-3f);
  q = multiply_add(q, r, 0.5f);
  return multiply_add(q, r * r, r);
}

/// e^x for x <= 89, or a NaN.
DEEPOBS_HOST_DEVICE static inline float exp_up_to_89(float x) {
  x = x < -105.f ? -105.f : x;  // keeps a NaN
  const auto [n, r] = reduce_exponent(x);
  // Two steps, because 2^n alone may lie outside the normal range; only the last one rounds.
  const std::int32_t half = n >> 1;
  return (1.f + expm1_series(r)) * power_of_two(half) * power_of_two(n - half);
}

/// e^x for every x: infinity above 88.7228, zero below -103.97. Error: 1.1 units.
DEEPOBS_HOST_DEVICE static inline float exp_f32(float x) {
  return exp_up_to_89(x > 89.f ? 89.f : x);  // keeps a NaN
}

/// ln x in double for x in (0, infinity), to a relative error of 2^-40; for the other x as log_f32 says.
DEEPOBS_HOST_DEVICE static inline double log_f64(float x) {
  const bool tiny = x < 0x1p-126f;
  const float scaled = tiny ? x * 0x1p23f : x;
  // x = 2^n m with m in [sqrt 1/2, sqrt 2): the bits of sqrt 1/2 are moved to the border between two exponents.
  const std::uint32_t moved = bits_of(scaled) - 0x3f3504f3u;
  const std::int32_t n = (static_cast<std::int32_t>(moved) >> 23) - (tiny ? 23 : 0);
  const auto m = static_cast<double>(float_of((moved & 0x007fffffu) + 0x3f3504f3u));
  // ln m = 2 artanh s, s = (m - 1) / (m + 1), |s| < 0.172; the first term left out is 2 s^17 / 17.
  const double s = (m - 1.) / (m + 1.);
  const double s2 = s * s;
  double p = 2. / 15;
  p = p * s2 + 2. / 13;
  p = p * s2 + 2. / 11;
  p = p * s2 + 2. / 9;
  p = p * s2 + 2. / 7;
  p = p * s2 + 2. / 5;
  p = p * s2 + 2. / 3;
  p = p * s2 + 2.;
  double y = static_cast<double>(n) * 0x1.62e42fefa39efp-1 + p * s;
  y = x > 0x1.fffffep127f ? static_cast<double>(x) : y;
  y = x == 0.f ? -__builtin_inf() : y;
  return x >= 0.f ? y : __builtin_nan("");
}

/// ln x: minus infinity at 0, NaN below. Error: 0.501 units.
DEEPOBS_HOST_DEVICE static inline float log_f32(float x) { return static_cast<float>(log_f64(x)); }

/// ln sum, for a sum that is not near the limits of float32.
DEEPOBS_HOST_DEVICE static inline double log_of_sum(double sum) {
  const auto rounded = static_cast<float>(sum);
  return log_f64(rounded) + (sum - static_cast<double>(rounded)) / static_cast<double>(rounded);
}

/// e^x in double to a relative error of 2^-44 for |x| <= 200; beyond it as for 200, which float32 cannot tell from 0
/// and infinity. A NaN stays one.
DEEPOBS_HOST_DEVICE static inline double exp_f64(double x) {
  x = x > 200. ? 200. : x;  // these keep a NaN
  x = x < -200. ? -200. : x;
  constexpr double round = 0x1.8p52;  // adding it leaves the nearest whole number in the low bits
  const double shifted = x * 0x1.71547652b82fep+0 + round;
  const double n = shifted - round;
  const double r = x - n * 0x1.62e42fefa39efp-1;
  double p = 1. / 39916800;  // 1 / 11!; the first term left out is below 2^-47
  p = p * r + 1. / 3628800;
  p = p * r + 1. / 362880;
  p = p * r + 1. / 40320;
  p = p * r + 1. / 5040;
  p = p * r + 1. / 720;
  p = p * r + 1. / 120;
  p = p * r + 1. / 24;
  p = p * r + 1. / 6;
  p = p * r + 0.5;
  p = p * r + 1.;
  p = p * r + 1.;
  const auto bits = __builtin_bit_cast(std::uint64_t, shifted) - __builtin_bit_cast(std::uint64_t, round);
  return p * __builtin_bit_cast(double, (bits + 1023u) << 52);
}

/// x^exponent as pow() of C has it, for |exponent| < 2^31. Error: 0.51 units.
DEEPOBS_HOST_DEVICE static inline float power_f32(float x, double exponent) {
  const float size = float_of(bits_of(x) & 0x7fffffffu);
  const double logarithm = exponent * log_f64(size);
  const double whole = (exponent + 0x1.8p52) - 0x1.8p52, half = (0.5 * exponent + 0x1.8p52) - 0x1.8p52;
  const bool is_whole = whole == exponent, is_odd = is_whole && 2. * half != exponent;
  auto y = static_cast<float>(exp_f64(logarithm));
  y = is_odd ? float_of(bits_of(y) | (bits_of(x) & 0x80000000u)) : y;
  y = x < 0.f && !is_whole && size <= 0x1.fffffep127f ? float_of(0x7fc00000u) : y;
  return exponent == 0. ? 1.f : y;
}

/// tanh x for every x: 1 from 9.02 on, x itself near 0. Error: 3 units.
DEEPOBS_HOST_DEVICE static inline float tanh_f32(float x) {
  float size = float_of(bits_of(x) & 0x7fffffffu);
  size = size > 10.f ? 10.f : size;
  // tanh = t / (t + 2) with t = e^(2 size) - 1, which loses no digits near 0 when 1 is never added: 2^n p + (2^n - 1).
  const auto [n, r] = reduce_exponent(2.f * size);
  const float power = power_of_two(n);
  const float t = multiply_add(power, expm1_series(r), power - 1.f);
  const float y = t / (t + 2.f);
  return float_of(bits_of(y) | (bits_of(x) & 0x80000000u));
}

/// 1 / (1 + e^-x) for every x. Error: 3 units.
DEEPOBS_HOST_DEVICE static inline float sigmoid_f32(float x) {
  const float z = exp_up_to_89(float_of(bits_of(x) | 0x80000000u));  // e^-|x|
  return (x < 0.f ? z : 1.f) / (1.f + z);
}

}  // namespace deepobs
