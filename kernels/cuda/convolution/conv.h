#pragma once

#include <cstdint>
#include <memory>

#include "engine/cuda/queue.h"
#include "kernels/convolution/conv_geometry.h"

namespace deepobs {

/// The three directions of a convolution (conv_geometry.h) on a GPU:
///   forward           y from x and w
///   data_gradient     dx from dy and w
///   weight_gradient   dw from x and dy
/// x, y and their gradients are all f32 or all bf16.
/// Every element of the result is written; none overlap; all aligned to 64 bytes.
enum class ConvDirection : std::uint8_t { forward, data_gradient, weight_gradient };

/// How w and dw lie in memory:
///   hwck_f32  [kh, kw, C, K] in f32, as the parameters are; w is rounded where the images are bf16
///   krsc      [K, kh, kw, C] in the type of the images
enum class FilterOrder : std::uint8_t { hwck_f32, krsc };

/// Chooses the fastest of cuDNN's deterministic algorithms by measuring, or takes the one that was chosen before. Where
/// cuDNN has none (padding that differs from one side to the other) a loop of ours does it, which is slow; either way
/// the choice stands among the device's.
///   type         of the images, f32 or bf16
///   order        of w or dw
///   extra_bytes  scratch memory that the caller's body wants beside: extra_scratch()
std::unique_ptr<CudaPrepared> prepare_conv(CudaQueue& queue, const ConvGeometry& geometry, ConvDirection direction,
                                           Type type, FilterOrder order, std::int64_t extra_bytes = 0);

/// Runs it with what prepare_conv() made. `first` and `second` in the order of the list above.
void run_conv(CudaQueue& queue, const void* first, const void* second, void* result);

/// The caller's part of the scratch memory, 256-byte aligned; it may hold an operand or the result.
void* extra_scratch(const CudaQueue& queue);

}  // namespace deepobs
