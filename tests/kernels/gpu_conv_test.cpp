#include "tests/kernels/gpu_conv.h"

#include <doctest/doctest.h>

namespace deepobs {
namespace {

TEST_CASE("conv2d on a GPU: weights in the library's order, and no gradient of the bias") {
  for (const auto& gpu : gpus_under_test())
    for (const Precision precision : {Precision::fp32, Precision::bf16})
      for (const bool krsc : {false, true})
        for (const bool bias_gradient : {false, true}) {
          CAPTURE(gpu.name);
          CAPTURE(name_of(precision));
          CAPTURE(krsc);
          CAPTURE(bias_gradient);
          const auto device = [&] { return gpu.device({.precision = precision}); };
          GpuConv conv{square_conv(2, 6, 3, 3, 4, 1, 1), precision, krsc, bias_gradient};
          CHECK((conv.run(device()) == conv.expected()));
          conv.geometry.pad_bottom = conv.geometry.pad_right = 0;  // asymmetric
          --conv.geometry.out_h, --conv.geometry.out_w;
          CHECK((conv.run(device()) == conv.expected()));
        }
  if (gpus_under_test().empty()) MESSAGE("skipped: ", why_no_real_gpu());
}

}  // namespace
}  // namespace deepobs
