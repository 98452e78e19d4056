#pragma once

#include <cmath>

#include "kernels/cpu/math.h"

namespace deepobs {

// The functions of unary.h of one element, for the loops of CPU and GPU. Internal linkage: see cpu_body.h.

namespace {

struct ExpOf {
  DEEPOBS_HOST_DEVICE float operator()(float x) const { return exp_f32(x); }
};
struct LogOf {
  DEEPOBS_HOST_DEVICE float operator()(float x) const { return log_f32(x); }
};
struct RootOf {
  DEEPOBS_HOST_DEVICE float operator()(float x) const { return sqrtf(x); }
};
struct ReciprocalRootOf {
  DEEPOBS_HOST_DEVICE float operator()(float x) const { return 1.f / sqrtf(x); }
};
struct SizeOf {
  DEEPOBS_HOST_DEVICE float operator()(float x) const { return float_of(bits_of(x) & 0x7fffffffu); }
};
struct SignOf {
  DEEPOBS_HOST_DEVICE float operator()(float x) const { return x > 0.f ? 1.f : x < 0.f ? -1.f : x == 0.f ? 0.f : x; }
};
struct PowerOf {
  double exponent;
  DEEPOBS_HOST_DEVICE float operator()(float x) const { return power_f32(x, exponent); }
};

}  // namespace
}  // namespace deepobs
