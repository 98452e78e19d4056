#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "engine/cuda/has_cudnn.h"
#include "kernels/cuda/convolution/conv_task.h"

namespace deepobs {

// cuDNN's convolutions without a header of cuDNN's. It has two interfaces for them: that of the older versions, where
// one of a few algorithms is named, and that of operation graphs, where an engine and its knobs are. Both take images
// in NHWC with filters in KRSC, or NCHW with KCRS, all of one type, and sum in float.

/// A convolution as cuDNN is asked for it.
struct LibraryConv {
  ConvGeometry geometry;  ///< of x and w as cuDNN gets them
  ConvDirection direction;
  Type type;  ///< of x, w and y
  Precision precision;
  bool nchw;
};

/// A convolution that is ready to run.
class LibraryPlan {
 public:
  virtual ~LibraryPlan() = default;
  /// Puts it into the queue's stream. Errors: internal.
  virtual void run(CudaQueue& queue, const ConvMemory& memory, void* workspace) const = 0;
  std::int64_t workspace_bytes = 0;
};

/// One of cuDNN's two interfaces.
struct CudnnInterface {
  /// What it offers, in words, the fastest first as it believes. Not all of it can be made a plan of.
  std::vector<std::string> (*offers)(CudaQueue& queue, const LibraryConv& conv);
  /// Null where the words are not of this interface, where it cannot do that, or must not: where the result may differ
  /// from one run to the next, or the precision would be less than what is asked for. Errors: memory.
  std::unique_ptr<LibraryPlan> (*plan)(CudaQueue& queue, const LibraryConv& conv, const std::string& words);
};
extern const CudnnInterface cudnn_algorithms;  ///< "algorithm 1, math 3"
extern const CudnnInterface cudnn_graphs;      ///< "graph engine 37 knobs 2=4,12=1"

std::string cudnn_version();

#if DEEPOBS_HAS_CUDNN
inline constexpr std::array cudnn_interfaces{&cudnn_algorithms, &cudnn_graphs};
#else
inline constexpr std::array<const CudnnInterface*, 0> cudnn_interfaces{};
#endif

}  // namespace deepobs
