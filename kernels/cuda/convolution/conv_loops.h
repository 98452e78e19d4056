#pragma once

#include "engine/cuda/queue.h"
#include "kernels/convolution/conv_geometry.h"
#include "kernels/cuda/convolution/conv.h"
#include "kernels/cuda/floats.h"

namespace deepobs {

/// to [columns, rows] = from [rows, columns] transposed, perhaps in another type.
void transpose_on_gpu(const CudaQueue& queue, const Floats& from, std::int64_t rows, std::int64_t columns,
                      const Floats& to);

/// Where the elements of a filter are: those of tap t = u * kw + v, channel c and output channel k at
/// t * taps + c * channels + k * outputs.
struct FilterPlaces {
  std::int64_t taps, channels, outputs;

  static FilterPlaces of(const ConvGeometry& g, FilterOrder order) {
    if (order == FilterOrder::hwck_f32) return {g.c_in * g.c_out, g.c_out, 1};
    return {g.c_in, 1, g.window()};
  }
  DEEPOBS_HOST_DEVICE std::int64_t operator()(std::int64_t t, std::int64_t c, std::int64_t k) const {
    return t * taps + c * channels + k * outputs;
  }
};

/// A convolution's operands and result, in our order.
struct ConvArrays {
  ConvGeometry g;
  Floats x, w, y;
  FilterPlaces places;  ///< of w
};

/// One of the three directions as plain loops, summed in double: for what the library has no algorithm for.
void direct_conv(const CudaQueue& queue, ConvDirection direction, const ConvArrays& arrays);

}  // namespace deepobs
