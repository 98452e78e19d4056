#pragma once

#include <cstdint>
#include <vector>

#include "engine/tensor/random.h"

namespace deepobs {

/// 0, 1, ..., count - 1.
std::vector<std::int32_t> file_order(std::int64_t count);

/// A uniformly random permutation of 0 ... count - 1, a pure function of (seed, stream, when), cut after `first`
/// entries. Source: Fisher & Yates, as Durstenfeld, CACM 7(7), 1964.
std::vector<std::int32_t> shuffled_order(std::int64_t count, std::int64_t first, std::uint64_t seed, Stream stream,
                                         std::uint64_t when);

}  // namespace deepobs
