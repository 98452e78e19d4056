#pragma once

#include <dlfcn.h>
#include <doctest/doctest.h>

#include "tests/gpus_under_test.h"

namespace deepobs {

/// The emulated machine, changed for the length of a test: deepobs_emulate() of tests/cuda_emulation/runtime.h. There
/// must be one.
class Emulated {
 public:
  explicit Emulated(const char* what, long value) : what_(what) {
    void* library = dlopen(emulated_cuda_library().c_str(), RTLD_NOW | RTLD_LOCAL);
    REQUIRE(library != nullptr);
    emulate_ = reinterpret_cast<long (*)(const char*, long)>(dlsym(library, "deepobs_emulate"));
    const bool found = emulate_ != nullptr;
    REQUIRE(found);
    before_ = emulate_(what, value);
  }
  ~Emulated() { emulate_(what_, before_); }
  Emulated(const Emulated&) = delete;
  Emulated& operator=(const Emulated&) = delete;

 private:
  const char* what_;
  long (*emulate_)(const char*, long) = nullptr;
  long before_ = 0;
};

/// Whether a test that needs the emulated GPU must go without it, which is said.
inline bool emulation_is_missing() {
  if (!emulated_cuda_library().empty()) return false;
  MESSAGE("skipped: ", why_no_real_gpu());
  return true;
}

}  // namespace deepobs
