#pragma once

#include "kernels/update/update_pass.h"

namespace deepobs {

/// A step of a running average m towards g, by `weight` of the way, as PyTorch's lerp takes it: from the nearer end.
/// From m alone, a g far smaller than m would be lost in the rounding of g - m, and an average that keeps nothing (a
/// beta of 0) would not become g.
struct Lerp {
  bool from_m;
  float part;  ///< of g - m, added to the end that it starts from

  DEEPOBS_FN static Lerp by(double weight) {
    const float w = rounded(weight);
    return std::fabs(w) < 0.5f ? Lerp{true, w} : Lerp{false, w - 1.f};
  }
  DEEPOBS_FN float operator()(float m, float g) const { return (from_m ? m : g) + part * (g - m); }
};

}  // namespace deepobs
