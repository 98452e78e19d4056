#pragma once

#include <vector>

#include "kernels/ops/convolution/conv2d_attributes.h"
#include "tests/gpus_under_test.h"

namespace deepobs {

/// A convolution and its two gradients as nodes for a GPU, without the ops' rules around them: so that a test can have
/// what only a pass over a GPU's graph makes, another order of the weights or no gradient of the bias. Operands are
/// small whole numbers, chosen so that every result is a bf16 number too.
struct GpuConv {
  ConvGeometry geometry;
  Precision precision = Precision::fp32;
  bool krsc = false;
  bool bias_gradient = true;

  /// Everything in f32, w's gradient as [kh, kw, C, K]; db is empty where it is not wanted.
  struct Results {
    std::vector<float> y, dx, dw, db;
    bool operator==(const Results&) const = default;
  };
  Results run(Device& device) const;

  /// By the definition, in double.
  Results expected() const;
};

/// The shape of a convolution with as much padding on all sides.
ConvGeometry square_conv(std::int64_t n, std::int64_t size, std::int64_t c_in, std::int64_t kernel, std::int64_t c_out,
                         std::int64_t stride = 1, std::int64_t padding = 0);

}  // namespace deepobs
