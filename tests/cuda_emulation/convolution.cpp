#include "tests/cuda_emulation/convolution.h"

#include <cmath>
#include <vector>

#include "tests/cuda_emulation/numbers.h"

namespace deepobs_emulation {
namespace {

using Axes = Convolution::Axes;

/// All elements with the channels last, wherever they lie; each(place in that order, place in memory).
template <class Each>
void for_each_element(const Axes& extents, const Axes& strides, Each each) {
  std::size_t place = 0;
  for (std::int64_t n = 0; n < extents[0]; ++n)
    for (std::int64_t h = 0; h < extents[2]; ++h)
      for (std::int64_t w = 0; w < extents[3]; ++w)
        for (std::int64_t c = 0; c < extents[1]; ++c)
          each(place++, n * strides[0] + c * strides[1] + h * strides[2] + w * strides[3]);
}

std::size_t elements(const Axes& extents) {
  return static_cast<std::size_t>(extents[0] * extents[1] * extents[2] * extents[3]);
}

float as_tf32(float value) {
  if (!std::isfinite(value) || value == 0.f) return value;
  int exponent = 0;
  (void)std::frexp(value, &exponent);
  return static_cast<float>(
      std::ldexp(std::nearbyint(std::ldexp(static_cast<double>(value), 11 - exponent)), exponent - 11));
}

std::vector<float> loaded(const void* data, const Axes& extents, const Axes& strides, bool narrow, bool tf32) {
  const Numbers from(data, narrow);
  std::vector<float> values(elements(extents));
  for_each_element(extents, strides,
                   [&](std::size_t place, std::int64_t at) { values[place] = tf32 ? as_tf32(from[at]) : from[at]; });
  return values;
}

void store(const std::vector<double>& sums, void* data, const Axes& extents, const Axes& strides, bool narrow,
           const Inexactness& inexactness) {
  const Numbers to(data, narrow);
  for_each_element(extents, strides, [&](std::size_t place, std::int64_t at) {
    double value = sums[place];
    if (inexactness.approximate) value *= 1 + 0x1p-22;
    if (inexactness.loses_nan && std::isnan(value)) value = 0;
    to.set(at, static_cast<float>(value));
  });
}

/// Pixels of y, taps of the kernel and pixels of x that belong together: each(index in x, in w, in y) where their first
/// channels stand, all with the channels last; x and w go on by c channels, which belong to the one of y.
template <class Each>
void for_each_product(const Convolution& conv, Each each) {
  const Axes &x = conv.x, &w = conv.w, &y = conv.y;
  for (std::int64_t n = 0; n < y[0]; ++n)
    for (std::int64_t i = 0; i < y[2]; ++i)
      for (std::int64_t j = 0; j < y[3]; ++j)
        for (std::int64_t k = 0; k < w[0]; ++k)
          for (std::int64_t u = 0; u < w[2]; ++u)
            for (std::int64_t v = 0; v < w[3]; ++v) {
              const std::int64_t p = i * conv.stride_h - conv.pad_top + u, q = j * conv.stride_w - conv.pad_left + v;
              if (p < 0 || p >= x[2] || q < 0 || q >= x[3]) continue;
              each(((n * x[2] + p) * x[3] + q) * x[1], ((k * w[2] + u) * w[3] + v) * w[1],
                   ((n * y[2] + i) * y[3] + j) * y[1] + k);
            }
}

/// to += factor * from, over the channels.
void add_product(const float* from, float factor, std::int64_t channels, double* to) {
  for (std::int64_t c = 0; c < channels; ++c) to[c] += static_cast<double>(factor) * static_cast<double>(from[c]);
}

}  // namespace

bool Convolution::fits() const {
  return x[0] == y[0] && x[1] == w[1] && y[1] == w[0] && y[2] == (x[2] + pad_top + pad_bottom - w[2]) / stride_h + 1 &&
         y[3] == (x[3] + pad_left + pad_right - w[3]) / stride_w + 1;
}

Axes Convolution::channels_last(const Axes& e) { return {e[2] * e[3] * e[1], 1, e[3] * e[1], e[1]}; }
Axes Convolution::channels_first(const Axes& e) { return {e[1] * e[2] * e[3], e[2] * e[3], e[3], 1}; }

void convolve(const Convolution& conv, Direction direction, void* x, void* w, void* y, const Inexactness& inexactness) {
  const auto load = [&](const void* data, const Axes& extents, const Axes& strides) {
    return loaded(data, extents, strides, conv.narrow, inexactness.tf32);
  };
  const std::int64_t channels = conv.x[1];
  if (direction == Direction::forward) {
    const auto from = load(x, conv.x, conv.x_strides), with = load(w, conv.w, conv.w_strides);
    std::vector<double> sums(elements(conv.y));
    for_each_product(conv, [&](std::int64_t a, std::int64_t b, std::int64_t to) {
      double sum = 0;
      for (std::int64_t c = 0; c < channels; ++c)
        sum += static_cast<double>(from[static_cast<std::size_t>(a + c)]) *
               static_cast<double>(with[static_cast<std::size_t>(b + c)]);
      sums[static_cast<std::size_t>(to)] += sum;
    });
    store(sums, y, conv.y, conv.y_strides, conv.narrow, inexactness);
  } else if (direction == Direction::data_gradient) {
    const auto from = load(y, conv.y, conv.y_strides), with = load(w, conv.w, conv.w_strides);
    std::vector<double> sums(elements(conv.x));
    for_each_product(conv, [&](std::int64_t a, std::int64_t b, std::int64_t c) {
      add_product(with.data() + b, from[static_cast<std::size_t>(c)], channels, sums.data() + a);
    });
    store(sums, x, conv.x, conv.x_strides, conv.narrow, inexactness);
  } else {
    const auto from = load(x, conv.x, conv.x_strides), with = load(y, conv.y, conv.y_strides);
    std::vector<double> sums(elements(conv.w));
    for_each_product(conv, [&](std::int64_t a, std::int64_t b, std::int64_t c) {
      add_product(from.data() + a, with[static_cast<std::size_t>(c)], channels, sums.data() + b);
    });
    store(sums, w, conv.w, conv.w_strides, conv.narrow, inexactness);
  }
}

}  // namespace deepobs_emulation
