#pragma once

#include <cstdint>

namespace deepobs {

/// Which windows of a sequence the mini-batches are.
struct GatherWindows {
  std::int64_t batch = 0;             ///< streams: rows of a mini-batch
  std::int64_t length = 0;            ///< numbers of a window
  std::int64_t first = 0, count = 0;  ///< the part of the sequence that is cut into streams
  std::int64_t shift = 0;             ///< 1: the windows of the numbers that follow, 0 or 1

  /// Windows of each stream. The last number of the part is only a successor.
  std::int64_t batches() const { return count < 1 ? 0 : (count - 1) / (batch * length); }
  bool operator==(const GatherWindows&) const = default;
};

}  // namespace deepobs
