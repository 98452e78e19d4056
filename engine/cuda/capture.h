#pragma once

#include <functional>
#include <string>

#include "engine/cuda/cuda_objects.h"

namespace deepobs {

/// What `record` puts into the stream, as a graph to launch. Its first use of a kernel may load that kernel; it must
/// neither wait nor allocate. `what` names it in errors: "a graph of 4 steps".
///   errors  internal: what was recorded cannot be captured; those of `record`
ExecutableGraph captured(CUstream_st* stream, const std::function<void()>& record, const std::string& what);

}  // namespace deepobs
