#pragma once

#include <cstdint>

#include "engine/graph/op.h"

namespace deepobs {

// The loop shapes of CPU bodies. All cut the work by its shape alone, so results do not depend on the number of
// threads, and run small work inline. Internal linkage: see cpu_body.h.

/// Work below this many elementary steps is not worth a second thread.
constexpr std::int64_t parallel_grain = 16 * 1024;

/// range(begin, end) over [0, count) in pieces of about `grain` steps of the given cost.
template <class Range>
static inline void for_each_range(const Call& call, std::int64_t count, std::int64_t cost, Range&& range) {
  const std::int64_t piece = (parallel_grain + cost - 1) / (cost > 0 ? cost : 1);
  const std::int64_t pieces = (count + piece - 1) / piece;
  if (pieces <= 1) {
    if (count > 0) range(std::int64_t{0}, count);
    return;
  }
  call.executor->run(pieces, [&](std::int64_t p, Worker&) {
    const std::int64_t begin = p * piece;
    range(begin, begin + piece < count ? begin + piece : count);
  });
}

// Tells the compiler that no turn of the loop behind it reads what another one writes.
#if defined(__clang__)
#define DEEPOBS_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define DEEPOBS_INDEPENDENT _Pragma("GCC ivdep")
#endif

/// element(i) for every i in [0, count); it touches no other place of its arrays than i, so the compiler may make
/// vectors of it even where an output lies on an input.
template <class Element>
static inline void for_each_element(const Call& call, std::int64_t count, Element&& element) {
  for_each_range(call, count, 1, [&](std::int64_t begin, std::int64_t end) {
    DEEPOBS_INDEPENDENT
    for (std::int64_t i = begin; i < end; ++i) element(i);
  });
}

/// row(r) for every r in [0, rows); `width` elements stand in a row.
template <class Row>
static inline void for_each_row(const Call& call, std::int64_t rows, std::int64_t width, Row&& row) {
  for_each_range(call, rows, width > 0 ? width : 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) row(r);
  });
}

}  // namespace deepobs
