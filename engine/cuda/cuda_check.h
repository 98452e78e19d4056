#pragma once

#include <string>

#include "engine/base/check.h"

namespace deepobs {

/// Throws what a CUDA call reports, if it is no success; `status` is its cudaError_t. A lack of memory is
/// Fault::memory, everything else internal. `doing` says what was tried: "launching relu".
void check_cuda(int status, const std::string& doing);

/// The same for cuBLASLt, and, where it is built with it, for cuDNN.
void check_blas(int status, const std::string& doing);
void check_dnn(int status, const std::string& doing);

}  // namespace deepobs
