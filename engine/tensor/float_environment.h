#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#else
#include <cfenv>
#endif

namespace deepobs {

/// Holds the default floating-point environment while it lives and puts the caller's back: rounding to nearest, no
/// trapped exceptions, denormals kept. A host program that set another one can then not change our results.
class FloatEnvironment {
 public:
#if defined(__x86_64__)
  FloatEnvironment() : saved_(_mm_getcsr()) {
    if ((saved_ & ~flags) != standard) _mm_setcsr(standard);
  }
  ~FloatEnvironment() {
    if (_mm_getcsr() != saved_) _mm_setcsr(saved_);
  }

 private:
  static constexpr unsigned standard = 0x1f80;  // every exception masked, nearest, neither FTZ nor DAZ
  static constexpr unsigned flags = 0x3f;       // sticky exception flags: not ours to judge
  unsigned saved_;
#else
  FloatEnvironment() {
    std::fegetenv(&saved_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~FloatEnvironment() { std::fesetenv(&saved_); }

 private:
  std::fenv_t saved_;
#endif

 public:
  FloatEnvironment(const FloatEnvironment&) = delete;
  FloatEnvironment& operator=(const FloatEnvironment&) = delete;
};

}  // namespace deepobs
