#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace deepobs {

/// A piece of memory that a call reads, or writes (and perhaps reads).
struct MemoryUse {
  const std::byte* begin = nullptr;
  const std::byte* end = nullptr;
  bool writes = false;
};

/// For every call of a sequence, the earlier ones that must have ended before it may begin, so that in any order that
/// keeps to this the calls compute what they compute one after the other: two calls of which one writes what the other
/// touches keep their order. Left out is what follows from the rest. In ascending order.
///
/// A pure function: where a device may run several calls at once, this is all that it needs to know of them.
std::vector<std::vector<std::size_t>> dependencies(std::span<const std::vector<MemoryUse>> calls);

}  // namespace deepobs
