#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/cuda/cuda_objects.h"

struct CUgraph_st;

namespace deepobs {

/// A graph that is not yet one to launch.
struct CapturedGraphDeleter {
  void operator()(CUgraph_st* graph) const noexcept;
};
using CapturedGraph = std::unique_ptr<CUgraph_st, CapturedGraphDeleter>;

/// What `record` puts into the stream, as a graph. Its first use of a kernel may load that kernel; it must neither wait
/// nor allocate.
///   errors  internal: what was recorded cannot be captured; those of `record`
CapturedGraph captured(CUstream_st* stream, const std::function<void()>& record);

/// The same as a graph to launch into that stream. `what` names it in errors: "a graph of 4 steps".
ExecutableGraph captured_to_launch(CUstream_st* stream, const std::function<void()>& record, const std::string& what);

}  // namespace deepobs
