#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "engine/graph/op.h"
#include "engine/run/executor.h"
#include "kernels/convolution/conv_geometry.h"
#include "kernels/product/gemm_workspace.h"
#include "tests/under_thread_sanitizer.h"

// The dense kernels exist once per instruction set; their headers can only be included for one of them.
#define DEEPOBS_DENSE_KERNELS(isa)                                                                                     \
  namespace deepobs::isa {                                                                                             \
  void gemm(Executor&, const Gemm&, float*);                                                                           \
  void conv_forward(Executor&, const ConvGeometry&, const float*, const float*, float*, const Epilogue&);              \
  void conv_data_gradient(Executor&, const ConvGeometry&, const float*, const float*, float*, bool, const Epilogue&);  \
  void conv_weight_gradient(Executor&, const ConvGeometry&, const float*, const float*, float*, float*, bool, float*); \
  }
DEEPOBS_DENSE_KERNELS(portable)
#if defined(__x86_64__)
DEEPOBS_DENSE_KERNELS(avx2)
DEEPOBS_DENSE_KERNELS(avx512)
#endif
#undef DEEPOBS_DENSE_KERNELS

namespace deepobs::testing {

struct DenseKernels {
  Isa isa;
  decltype(&portable::gemm) gemm;
  decltype(&portable::conv_forward) conv_forward;
  decltype(&portable::conv_data_gradient) conv_data_gradient;
  decltype(&portable::conv_weight_gradient) conv_weight_gradient;
};

/// Those that this machine can run; says which it cannot.
inline std::vector<DenseKernels> dense_kernels() {
  std::vector<DenseKernels> all = {{Isa::portable, portable::gemm, portable::conv_forward, portable::conv_data_gradient,
                                    portable::conv_weight_gradient}};
#if defined(__x86_64__)
  all.push_back({Isa::avx2, avx2::gemm, avx2::conv_forward, avx2::conv_data_gradient, avx2::conv_weight_gradient});
  all.push_back(
      {Isa::avx512, avx512::gemm, avx512::conv_forward, avx512::conv_data_gradient, avx512::conv_weight_gradient});
#endif
  while (all.back().isa > best_isa()) {
    MESSAGE("not tested, this machine lacks it: " << std::string(name_of(all.back().isa)));
    all.pop_back();
  }
  return all;
}

/// Those whose numbers are checked over many shapes: under ThreadSanitizer the best alone. How each of them uses
/// threads is seen where bits are compared for several numbers of threads.
inline std::vector<DenseKernels> checked_kernels() {
  std::vector<DenseKernels> all = dense_kernels();
  if (under_thread_sanitizer) all.erase(all.begin(), all.end() - 1);
  return all;
}

constexpr double unit_roundoff = 0x1p-24;
constexpr float poison = std::numeric_limits<float>::quiet_NaN();

/// Floats between guard words, poisoned with NaN: what a kernel may write, and what it may not.
class Guarded {
 public:
  explicit Guarded(std::int64_t count) : memory_(static_cast<std::size_t>(count) + 2 * margin, poison) {
    for (int i = 0; i < margin; ++i)
      memory_[static_cast<std::size_t>(i)] = memory_[memory_.size() - 1 - static_cast<std::size_t>(i)] = guard;
  }
  float* data() { return memory_.data() + margin; }
  std::int64_t size() const { return static_cast<std::int64_t>(memory_.size()) - 2 * margin; }
  float operator[](std::int64_t i) const { return memory_[static_cast<std::size_t>(i + margin)]; }
  float& operator[](std::int64_t i) { return memory_[static_cast<std::size_t>(i + margin)]; }
  bool operator==(const Guarded& other) const {
    return std::memcmp(memory_.data(), other.memory_.data(), memory_.size() * sizeof(float)) == 0;
  }
  bool guards_hold() const {
    for (int i = 0; i < margin; ++i)
      if (memory_[static_cast<std::size_t>(i)] != guard ||
          memory_[memory_.size() - 1 - static_cast<std::size_t>(i)] != guard)
        return false;
    return true;
  }

 private:
  static constexpr int margin = 64;
  static constexpr float guard = 12345.f;
  std::vector<float> memory_;
};

enum class Filling { normal, positive, integer };

/// Test data. `integer`: -4 .. 4 without 0, so that sums of up to 2^20 products are exact in single precision.
inline std::vector<float> filled(std::int64_t count, Filling filling, unsigned seed) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::mt19937 bits(seed);
  std::normal_distribution<float> normal;
  std::uniform_real_distribution<float> positive(0.f, 1.f);
  std::uniform_int_distribution<int> integer(0, 7);
  for (float& value : values) {
    if (filling == Filling::normal) value = normal(bits);
    if (filling == Filling::positive) value = positive(bits);
    if (filling == Filling::integer) {
      const int i = integer(bits);
      value = static_cast<float>(i < 4 ? i - 4 : i - 3);
    }
  }
  return values;
}

/// A sum in double precision, and the sum of its absolute terms, which scales the rounding errors.
struct Sum {
  double value = 0., scale = 0.;
  void add(double a, double b = 1.) {
    value += a * b;
    scale += std::abs(a * b);
  }
};

/// How far `got` is from the exact sum, in units of u times the scale. A kernel may reach 24. NaN counts as infinite.
inline double error_of(float got, const Sum& exact) {
  const double difference = std::abs(static_cast<double>(got) - exact.value);
  if (difference == 0.) return 0.;
  const double error = difference / (unit_roundoff * exact.scale);
  return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
}
constexpr double error_bound = 24.;

/// All workers of one count of threads.
inline constexpr int thread_counts[] = {1, 2, 3, 5, 8};

}  // namespace deepobs::testing
