#pragma once

#include <cstdint>

#include "engine/graph/op.h"

namespace deepobs {

/// Loops that do nothing but use a core at its limit: what the ops can be measured against. Compiled for each
/// instruction set, like the bodies of the ops; each works on the calling thread alone.
struct PeakLoops {
  /// Chains x <- x / 2 + 1 / 2 that do not depend on each other, in registers, `rounds` times; chain k begins at k.
  /// Returns the sum over all chains and lanes.
  float (*multiply_adds)(std::int64_t rounds);
  std::int64_t flops_per_round;  ///< floating-point operations of one link of every chain

  /// The sum of the floats, read anew `passes` times.
  float (*read)(const float* from, std::int64_t count, std::int64_t passes);

  /// to[i] = factor * from[i]. `to` may be `from`.
  void (*scale)(float* to, const float* from, std::int64_t count, float factor);
};

/// Errors: usage, for an instruction set that the library was not compiled for.
const PeakLoops& peak_loops(Isa isa);

}  // namespace deepobs
