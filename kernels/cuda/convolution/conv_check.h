#pragma once

#include "engine/cuda/queue.h"
#include "kernels/cuda/convolution/conv_loops.h"

namespace deepobs {

// A convolution on made-up numbers beside its definition.

/// What fills an operand, by a hash of the index and `stream`: reals of 24 digits in [-size, size), or whole numbers
/// from -4 to 4. With `nan_every` those elements are NaN whose index modulo nan_every is less than `nans`.
struct TrialNumbers {
  bool whole = false;
  float size = 1.f;
  unsigned stream = 0;
  std::int64_t nans = 0, nan_every = 0;
};

/// Fills `count` elements; `narrow`: with bf16 numbers, whatever the type.
void fill_on_gpu(const CudaQueue& queue, const Floats& to, std::int64_t count, bool narrow,
                 const TrialNumbers& numbers);

constexpr std::int64_t most_samples = 1024;
inline std::int64_t samples_of(std::int64_t elements) { return elements < most_samples ? elements : most_samples; }

/// How far the result, of `elements`, is from its definition in samples_of(elements) of them, spread over all: the
/// distance from the sum in double, over the sum of the products' absolute values. It is 0 where the result is that sum
/// rounded, or both are NaN, and infinite where only one is.
void sample_errors_on_gpu(const CudaQueue& queue, ConvDirection direction, const ConvArrays& arrays,
                          std::int64_t elements, float* errors);

}  // namespace deepobs
