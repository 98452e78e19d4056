#include "tests/gpus_under_test.h"

namespace deepobs {
namespace {

// Empty where the build has no part for GPUs.
constexpr const char *emulated = DEEPOBS_EMULATED_CUDA_LIBRARY, *for_tests = DEEPOBS_TESTED_CUDA_LIBRARY,
                     *real = DEEPOBS_CUDA_LIBRARY;

}  // namespace

std::filesystem::path emulated_cuda_library() { return emulated; }
std::filesystem::path real_cuda_library() { return real; }

std::string why_no_real_gpu() {
  static const std::string why =
      real_cuda_library().empty() ? "the build has no part for GPUs" : list_gpus({.library = for_tests}).trouble;
  return why;
}

const std::vector<GpuUnderTest>& gpus_under_test() {
  static const std::vector<GpuUnderTest> all = [] {
    std::vector<GpuUnderTest> found;
    if (!emulated_cuda_library().empty()) found.push_back({"emulated GPU", emulated, true});
    if (why_no_real_gpu().empty()) found.push_back({"GPU", for_tests, false});
    return found;
  }();
  return all;
}

}  // namespace deepobs
