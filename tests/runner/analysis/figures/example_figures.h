#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runner/analysis/figures/model/figure.h"

namespace deepobs::test {

/// "</script><b>", quotes, a line end, marks that turn the writing round, 200 letters, bytes that are no UTF-8, ...
std::vector<std::string> hostile_names();

/// A panel of everything, small enough to read what writers make of it: a band, lines with a gap and with a spike that
/// leaves the frame, points of which one diverged, a target, a note; an empty panel beside it.
Figure small_figure();

/// A map with a hole, and bars with intervals.
Figure map_and_bars();

/// Anything that require_whole() lets pass: scales, limits, values from 1e-300 to 1e300, NaN, infinities, names of
/// hostile_names(). The same seed gives the same figure.
Figure random_figure(std::uint64_t seed);

}  // namespace deepobs::test
