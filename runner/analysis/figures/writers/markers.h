#pragma once

#include <span>

#include "runner/analysis/figures/model/look.h"

namespace deepobs {

struct MarkerPoint {
  double x = 0, y = 0;  ///< y downwards
};

/// The outline of a mark whose radius is about 1, around 0; empty for the circle, which is the unit circle.
std::span<const MarkerPoint> marker_outline(Marker marker);

/// Lengths of a dash and its gap, and so on, in units of a line's width; empty for the solid line.
std::span<const double> dash_lengths(Dash dash);

}  // namespace deepobs
