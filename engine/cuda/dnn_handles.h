#pragma once

#include <array>
#include <cstddef>
#include <string>

struct CUstream_st;
struct cudnnContext;

namespace deepobs {

/// cuDNN's handles of one device, all for its stream. A handle has memory of its own, so calls that run at the same
/// time, on branches of a graph, must not share one; calls that use the same piece of scratch memory never do run at
/// the same time, so each piece has a handle.
class DnnHandles {
 public:
  /// How many nodes with scratch memory can run at the same time.
  static constexpr std::size_t count = 3;

  DnnHandles() = default;
  ~DnnHandles();
  DnnHandles(const DnnHandles&) = delete;
  DnnHandles& operator=(const DnnHandles&) = delete;

  /// All are made by the first call, which is to be one of a prepare function: it takes time and memory.
  ///   errors  memory; internal: the library was built without cuDNN
  cudnnContext* get(CUstream_st* stream, std::size_t piece);

  /// "9.19.0", or "none".
  static std::string version();

 private:
  std::array<cudnnContext*, count> handles_{};
};

}  // namespace deepobs
