#include <doctest/doctest.h>

#include "tests/error_of.h"
#include "tests/gpus_under_test.h"
#include "tests/kernels/update/update_case.h"

namespace deepobs {
namespace {

TEST_CASE("an optimizer is not taken on a GPU for another version of it that was compiled") {
  for (const auto& gpu : gpus_under_test()) {
    CAPTURE(gpu.name);
    const std::vector<std::vector<float>> gradients{{1, 1}, std::vector<float>(18, 1.f)};
    Optimizer optimizer = find_optimizer("SGD");
    UpdateCase(optimizer, {}, {{2}, {18}}, gpu.device()).step(gradients, 0.5);
    optimizer.version = "1a2b3c4d";
    check_error(
        [&] {
          UpdateCase(optimizer, {}, {{2}, {18}}, gpu.device()).step(gradients, 0.5);
        },
        Fault::usage, "optimizer SGD was compiled for a GPU in another version");
  }
  if (!why_no_real_gpu().empty()) MESSAGE("without a real GPU: ", why_no_real_gpu());
}

}  // namespace
}  // namespace deepobs
