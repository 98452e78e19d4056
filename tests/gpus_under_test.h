#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/run/cuda_device.h"

namespace deepobs {

/// A GPU on which the tests of ops, optimizers and runs are repeated.
struct GpuUnderTest {
  std::string name;
  std::filesystem::path library;
  bool slow = false;  ///< an emulated one
  std::unique_ptr<Device> device(CudaOptions options = {}) const {
    options.library = library;
    return cuda_device(options);
  }
};

/// The machine's first, where there is one, and the emulated one, where it was built (tests/cuda_emulation). The
/// environment's DEEPOBS_TESTED_GPUS chooses: real, emulated or all.
///   errors  those of chosen_gpus()
const std::vector<GpuUnderTest>& gpus_under_test();

/// The same, of given facts; `why_no_real` is empty where there is a real one, and not asked where none is wanted.
///   errors  usage: another choice; missing: that one alone was chosen and is not there
std::vector<GpuUnderTest> chosen_gpus(const std::string& choice, bool has_emulated,
                                      const std::function<std::string()>& why_no_real);

/// The emulated one's library; empty where it was not built.
std::filesystem::path emulated_cuda_library();

/// The real library; empty where it was not built.
std::filesystem::path real_cuda_library();

/// Why no real GPU is among gpus_under_test(); empty: one is.
std::string why_no_real_gpu();

}  // namespace deepobs
