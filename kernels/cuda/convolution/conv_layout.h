#pragma once

#include "engine/cuda/queue.h"
#include "kernels/cuda/convolution/conv_loops.h"
#include "kernels/cuda/floats.h"

namespace deepobs {

// Between our order of a convolution's operands and the one that a library is asked in.

/// images times: to [columns, rows] = from [rows, columns] transposed; both of that type, f32 or bf16.
void transpose_images_on_gpu(const CudaQueue& queue, Type type, const void* from, std::int64_t images,
                             std::int64_t rows, std::int64_t columns, void* to);

/// to [pixels, wide] = from [pixels, narrow] with zeros behind the channels of each pixel, or, where `wide` is less
/// than `narrow`, without the last ones.
void resize_channels_on_gpu(const CudaQueue& queue, const Floats& from, std::int64_t pixels, std::int64_t narrow,
                            const Floats& to, std::int64_t wide);

/// A filter of taps x channels x outputs elements in some order. Of `channels` there may be more than the other side
/// has.
struct FilterArray {
  Floats data;
  FilterPlaces places;
  std::int64_t channels;
};

/// to = from, element by element; channels that `from` lacks are zeros, those that `to` lacks are left out. The
/// elements of `to` are written in the order of its memory where that is [K, taps, C], [K, C, taps] or [taps, C, K].
void arrange_filter_on_gpu(const CudaQueue& queue, const FilterArray& from, std::int64_t taps, std::int64_t outputs,
                           const FilterArray& to);

}  // namespace deepobs
