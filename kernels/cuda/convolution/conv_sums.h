#pragma once

#include "kernels/cuda/convolution/conv_loops.h"

namespace deepobs {

// One element of a convolution's result by its definition: the sum of products that it is, in an order given by the
// shape. `Sum` has add(a, b) for each product. For files that are compiled as CUDA.

/// y[i].
template <class Sum>
__device__ void sum_forward(const ConvArrays& a, std::int64_t i, Sum& sum) {
  const ConvGeometry& g = a.g;
  const std::int64_t k = i % g.c_out, pixel = i / g.c_out;
  const std::int64_t left = pixel % g.out_w * g.stride_w - g.pad_left;
  const std::int64_t top = pixel / g.out_w % g.out_h * g.stride_h - g.pad_top;
  const std::int64_t image = pixel / g.out_w / g.out_h * g.h;
  for (std::int64_t u = 0; u < g.kh; ++u)
    for (std::int64_t v = 0; v < g.kw; ++v) {
      const std::int64_t p = top + u, q = left + v;
      if (p < 0 || p >= g.h || q < 0 || q >= g.w) continue;
      for (std::int64_t c = 0; c < g.c_in; ++c)
        sum.add(a.x[((image + p) * g.w + q) * g.c_in + c], a.w[a.places(u * g.kw + v, c, k)]);
    }
}

/// dx[i].
template <class Sum>
__device__ void sum_data_gradient(const ConvArrays& a, std::int64_t i, Sum& sum) {
  const ConvGeometry& g = a.g;
  const std::int64_t c = i % g.c_in, pixel = i / g.c_in;
  const std::int64_t q = pixel % g.w, p = pixel / g.w % g.h, n = pixel / g.w / g.h;
  for (std::int64_t u = 0; u < g.kh; ++u) {
    const std::int64_t row = p + g.pad_top - u;
    if (row < 0 || row % g.stride_h != 0 || row / g.stride_h >= g.out_h) continue;
    for (std::int64_t v = 0; v < g.kw; ++v) {
      const std::int64_t column = q + g.pad_left - v;
      if (column < 0 || column % g.stride_w != 0 || column / g.stride_w >= g.out_w) continue;
      const std::int64_t from = ((n * g.out_h + row / g.stride_h) * g.out_w + column / g.stride_w) * g.c_out;
      for (std::int64_t k = 0; k < g.c_out; ++k) sum.add(a.y[from + k], a.w[a.places(u * g.kw + v, c, k)]);
    }
  }
}

/// A weight's place by its number, as [taps, C, K] is counted.
struct WeightPlace {
  std::int64_t tap, c, k;
};
__device__ inline WeightPlace weight_place(const ConvGeometry& g, std::int64_t i) {
  return {i / g.c_out / g.c_in, i / g.c_out % g.c_in, i % g.c_out};
}

/// The part of dw[i] that the lane of a warp has to add.
template <class Sum>
__device__ void sum_weight_gradient(const ConvArrays& a, std::int64_t i, int lane, Sum& sum) {
  const ConvGeometry& g = a.g;
  const auto [tap, c, k] = weight_place(g, i);
  const std::int64_t u = tap / g.kw, v = tap % g.kw;
  for (std::int64_t pixel = lane; pixel < g.n * g.out_h * g.out_w; pixel += 32) {
    const std::int64_t q = pixel % g.out_w * g.stride_w - g.pad_left + v;
    const std::int64_t p = pixel / g.out_w % g.out_h * g.stride_h - g.pad_top + u;
    if (p < 0 || p >= g.h || q < 0 || q >= g.w) continue;
    sum.add(a.x[((pixel / g.out_w / g.out_h * g.h + p) * g.w + q) * g.c_in + c], a.y[pixel * g.c_out + k]);
  }
}

}  // namespace deepobs
