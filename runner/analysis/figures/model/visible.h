#pragma once

#include <cstddef>
#include <vector>

#include "runner/analysis/figures/model/axis_map.h"

namespace deepobs {

/// A place in the frame of a panel, in shares of its sides: x to the right, y upwards.
struct FramePoint {
  double x = 0, y = 0;
};

/// A part of a line without gaps. One point alone is drawn as a dot.
using FrameRun = std::vector<FramePoint>;

/// What can be seen of a line, all of it inside the frame. A line of more than `most` points is drawn through the
/// smallest and the largest of each bucket of neighbours, so that spikes stay; 0 takes all.
std::vector<FrameRun> visible_line(const PlotLine& line, const AxisMap& x, const AxisMap& y, std::size_t most);

/// Outlines of what can be seen of a band, all inside the frame. Where there are too many points each bucket has the
/// lowest low and the highest high. An infinite or, on a logarithmic axis, not positive edge goes out of the frame.
std::vector<FrameRun> visible_band(const PlotBand& band, const AxisMap& x, const AxisMap& y, std::size_t most);

/// Where a line stops being a number: a mark for each gap, at the edge, and at the x of the first value that has no
/// place. Gaps of NaN stand at `bad_edge`.
std::vector<FramePoint> gap_marks(const PlotLine& line, const AxisMap& x, const AxisMap& y, Edge bad_edge);

/// The edge, 0 or 1, at which a value stands that the axis has no place for.
double edge_of(double value, Edge bad_edge);

/// How many points of a line are drawn before buckets are made of them.
inline constexpr std::size_t most_points = 400;

}  // namespace deepobs
