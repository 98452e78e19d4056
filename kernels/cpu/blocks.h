#pragma once

#include <cstdint>

namespace deepobs {

/// How many blocks of at most `most` cover `extent`; at least one, which may be empty.
constexpr std::int64_t blocks(std::int64_t extent, std::int64_t most) {
  return extent > most ? (extent + most - 1) / most : 1;
}

/// The next multiple of `unit`.
constexpr std::int64_t round_up(std::int64_t extent, std::int64_t unit) { return (extent + unit - 1) / unit * unit; }

/// Where block `index` of `count` begins, when [0, extent) is cut as evenly as multiples of `unit` allow. Block `count`
/// begins at `extent`.
constexpr std::int64_t block_begin(std::int64_t extent, std::int64_t count, std::int64_t index, std::int64_t unit = 1) {
  const std::int64_t units = (extent + unit - 1) / unit;
  const std::int64_t begin = units * index / count * unit;
  return begin < extent ? begin : extent;
}

}  // namespace deepobs
