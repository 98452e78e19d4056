#pragma once

#include <cudnn.h>

#include "tests/cuda_emulation/convolution.h"
#include "tests/cuda_emulation/offered.h"

struct cudnnContext {
  cudaStream_t stream = nullptr;
};

namespace deepobs_emulation {

/// A sum of Offered.
long offered();

/// Whether that convolution is offered at all, by the bits for NHWC and NCHW.
bool is_offered(const Convolution& convolution, bool nchw, long nhwc_bit, long nchw_bit);

}  // namespace deepobs_emulation
