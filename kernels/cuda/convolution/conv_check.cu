#include "kernels/cuda/convolution/conv_check.h"
#include "kernels/cuda/convolution/conv_sums.h"
#include "kernels/cuda/loops.h"
#include "kernels/cuda/reduce.h"

namespace deepobs {
namespace {

__device__ std::uint32_t hashed(std::uint32_t x) {
  x = (x ^ (x >> 16)) * 0x7FEB352Du;
  x = (x ^ (x >> 15)) * 0x846CA68Bu;
  return x ^ (x >> 16);
}

/// A sum of products, and what it would be if nothing cancelled.
struct ScaledSum {
  double value = 0., scale = 0.;
  __device__ void add(float a, float b) {
    const double product = static_cast<double>(a) * static_cast<double>(b);
    value += product;
    scale += product < 0. ? -product : product;
  }
};

__device__ float error_of(float result, const ScaledSum& exact) {
  const auto nearest = static_cast<float>(exact.value);
  const bool is_nan = result != result, should_be = nearest != nearest;
  if (result == nearest || (is_nan && should_be)) return 0.f;
  const double distance = static_cast<double>(result) - exact.value;
  if (is_nan || should_be || exact.scale == 0.) return __builtin_huge_valf();
  return static_cast<float>((distance < 0. ? -distance : distance) / exact.scale);
}

/// The elements that are looked at: one in each of as many parts of all.
struct Samples {
  std::int64_t elements, count;
  __device__ std::int64_t operator[](std::int64_t s) const {
    const std::int64_t first = s * elements / count, room = (s + 1) * elements / count - first;
    return first + hashed(static_cast<std::uint32_t>(s)) % room;
  }
};

struct SampledForward {
  ConvArrays arrays;
  Samples samples;
  float* errors;
  __device__ void operator()(std::int64_t s) const {
    ScaledSum sum;
    sum_forward(arrays, samples[s], sum);
    errors[s] = error_of(arrays.y[samples[s]], sum);
  }
};

struct SampledDataGradient {
  ConvArrays arrays;
  Samples samples;
  float* errors;
  __device__ void operator()(std::int64_t s) const {
    ScaledSum sum;
    sum_data_gradient(arrays, samples[s], sum);
    errors[s] = error_of(arrays.x[samples[s]], sum);
  }
};

/// One weight, by a warp.
struct SampledWeightGradient {
  ConvArrays arrays;
  Samples samples;
  float* errors;
  __device__ void operator()(std::int64_t s, int lane) const {
    ScaledSum sum;
    sum_weight_gradient(arrays, samples[s], lane, sum);
    sum = {warp_sum(sum.value), warp_sum(sum.scale)};
    const auto [tap, c, k] = weight_place(arrays.g, samples[s]);
    if (lane == 0) errors[s] = error_of(arrays.w[arrays.places(tap, c, k)], sum);
  }
};

}  // namespace

void fill_on_gpu(const CudaQueue& queue, const Floats& to, std::int64_t count, bool narrow,
                 const TrialNumbers& numbers) {
  for_each_element(queue, count, [=] __device__(std::int64_t i) {
    const std::uint32_t bits = hashed(static_cast<std::uint32_t>(i) ^ hashed(numbers.stream));
    float value = static_cast<float>(static_cast<std::int32_t>(bits % 9) - 4);
    if (!numbers.whole) value = numbers.size * (static_cast<float>(bits >> 8) * 0x1p-23f - 1.f);
    if (narrow) value = f32_of(bf16_of(value));
    if (numbers.nan_every > 0 && i % numbers.nan_every < numbers.nans) value = __builtin_nanf("");
    to.set(i, value);
  });
}

void sample_errors_on_gpu(const CudaQueue& queue, ConvDirection direction, const ConvArrays& arrays,
                          std::int64_t elements, float* errors) {
  const Samples samples{elements, samples_of(elements)};
  if (direction == ConvDirection::forward)
    for_each_element(queue, samples.count, SampledForward{arrays, samples, errors});
  else if (direction == ConvDirection::data_gradient)
    for_each_element(queue, samples.count, SampledDataGradient{arrays, samples, errors});
  else
    for_each_row(queue, samples.count, SampledWeightGradient{arrays, samples, errors});
}

}  // namespace deepobs
