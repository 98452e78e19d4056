#pragma once

#include <chrono>
#include <cstdint>

#include "engine/cuda/cuda_objects.h"

namespace deepobs {

/// Keeps the host a little ahead of the GPU, so that the GPU never waits, but not by much: who wants to stop a run, or
/// give memory back, would wait for all of it. Launches are counted in portions of some milliseconds of the GPU's time,
/// found by the clock, and at most two portions are on their way.
class LaunchPace {
 public:
  LaunchPace();
  /// Behind every launch into the stream; waits where the host is too far ahead.
  void launched(CUstream_st* stream);

 private:
  Event ends_[2];  // of the last two portions
  int next_ = 0;
  std::int64_t before_ = 0, portion_ = 1, launched_ = 0;  // launches of the last portion, of this one, and of it so far
  std::chrono::steady_clock::time_point since_;
};

}  // namespace deepobs
