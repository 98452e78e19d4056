#pragma once

#include <cstdint>

#include "engine/tensor/host_device.h"
#include "kernels/cpu/math.h"

namespace deepobs {

struct LstmOptions {
  double forget_bias = 0;  ///< added to the forget gate's sum
};

/// Of the recurrence, the part of the layer behind the product with x.
struct RecurrenceAttributes {
  float forget_bias;
};

constexpr std::int64_t most_lstm_units = 1 << 13;

/// One unit at one step: from the sums of its gates to their values, and to the next c and h.
struct LstmUnit {
  float i, f, g, o, c, h;

  DEEPOBS_HOST_DEVICE static inline LstmUnit of(float zi, float zf, float zg, float zo, float c_before) {
    const float i = sigmoid_f32(zi), f = sigmoid_f32(zf), g = tanh_f32(zg), o = sigmoid_f32(zo);
    const float c = multiply_add(f, c_before, i * g);
    return {i, f, g, o, c, o * tanh_f32(c)};
  }
};

/// The gradients of the sums of a unit's gates, and of the c before it.
struct LstmUnitGradient {
  float zi, zf, zg, zo, c_before;

  /// dh: that of h. dc: that of c from the next step. tanh_c: of multiply_add(f, c_before, i * g).
  DEEPOBS_HOST_DEVICE static inline LstmUnitGradient of(float i, float f, float g, float o, float c_before,
                                                        float tanh_c, float dh, float dc) {
    dc = multiply_add(dh * o, 1.f - tanh_c * tanh_c, dc);
    return {dc * g * (i * (1.f - i)), dc * c_before * (f * (1.f - f)), dc * i * (1.f - g * g),
            dh * tanh_c * (o * (1.f - o)), dc * f};
  }
};

}  // namespace deepobs
