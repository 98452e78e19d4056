#include "tests/gpus_under_test.h"

#include <cstdlib>

#include "engine/base/check.h"

namespace deepobs {
namespace {

// Empty where the build has no part for GPUs, or no emulated one.
constexpr const char *emulated = DEEPOBS_EMULATED_CUDA_LIBRARY, *for_tests = DEEPOBS_TESTED_CUDA_LIBRARY,
                     *real = DEEPOBS_CUDA_LIBRARY;

std::string choice_of_environment() {
  const char* given = std::getenv("DEEPOBS_TESTED_GPUS");
  return given == nullptr ? "all" : given;
}

}  // namespace

std::filesystem::path emulated_cuda_library() { return emulated; }
std::filesystem::path real_cuda_library() { return real; }

std::string why_no_real_gpu() {
  static const std::string why =
      real_cuda_library().empty() ? "the build has no part for GPUs" : list_gpus({.library = for_tests}).trouble;
  return why;
}

std::vector<GpuUnderTest> chosen_gpus(const std::string& choice, bool has_emulated,
                                      const std::function<std::string()>& why_no_real) {
  require(choice == "real" || choice == "emulated" || choice == "all", Fault::usage,
          "DEEPOBS_TESTED_GPUS must be real, emulated or all, not '", choice, "'");
  std::vector<GpuUnderTest> found;
  if (choice != "emulated") {
    const std::string why = why_no_real();
    require(choice == "all" || why.empty(), Fault::missing, "DEEPOBS_TESTED_GPUS=real wants tests on a real GPU, but ",
            why);
    if (why.empty()) found.push_back({"GPU", for_tests, false});
  }
  if (choice != "real") {
    require(choice == "all" || has_emulated, Fault::missing,
            "DEEPOBS_TESTED_GPUS=emulated wants tests on the emulated GPU, but the build has none; configure with "
            "-DDEEPOBS_EMULATED_GPU=ON, where CUDA's headers are");
    if (has_emulated) found.push_back({"emulated GPU", emulated, true});
  }
  return found;
}

const std::vector<GpuUnderTest>& gpus_under_test() {
  static const std::vector<GpuUnderTest> all =
      chosen_gpus(choice_of_environment(), !emulated_cuda_library().empty(), why_no_real_gpu);
  return all;
}

}  // namespace deepobs
