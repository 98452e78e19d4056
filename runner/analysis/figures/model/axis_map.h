#pragma once

#include "runner/analysis/figures/model/figure.h"

namespace deepobs {

/// Where a value of an axis is in the frame: 0 at the lower limit, 1 at the upper one.
class AxisMap {
 public:
  AxisMap(PlotScale scale, PlotLimits limits);

  /// Values far outside are at -far or far, infinities and what is not positive on a logarithmic axis too; NaN for NaN.
  double at(double value) const;

  /// Whether the axis has a place for the value, inside the limits or outside.
  bool has(double value) const;

  const PlotLimits& limits() const { return limits_; }
  PlotScale scale() const { return scale_; }

  static constexpr double far = 1000;

 private:
  PlotScale scale_;
  PlotLimits limits_;
  double low_, span_, unit_;  // of the values, or their logarithms, in units that cannot overflow
};

/// The limits of an axis: those that it was given, or those of all values in the panel that it has a place for, with a
/// 25th of their distance on both sides; a single value is in the middle, and without any they are 1 and 2, as in
/// DeepOBS. Names lie half a unit inside.
AxisMap x_map(const Panel& panel);
AxisMap y_map(const Panel& panel);

}  // namespace deepobs
