#pragma once

// Whether the library is built with cuDNN; the build says so.
#ifndef DEEPOBS_HAS_CUDNN
#define DEEPOBS_HAS_CUDNN 1
#endif

namespace deepobs {

constexpr bool has_cudnn = DEEPOBS_HAS_CUDNN != 0;

}  // namespace deepobs
