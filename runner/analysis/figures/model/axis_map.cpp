#include "runner/analysis/figures/model/axis_map.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace deepobs {
namespace {

constexpr double largest = std::numeric_limits<double>::max();
constexpr double smallest = std::numeric_limits<double>::min();

/// The range of the values that have a place on an axis.
class Range {
 public:
  explicit Range(PlotScale scale) : is_logarithmic_(scale == PlotScale::logarithmic) {}

  void take(double value) {
    if (!std::isfinite(value) || (is_logarithmic_ && value <= 0)) return;
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }
  void take(std::span<const double> values) {
    for (const double value : values) take(value);
  }

  PlotLimits with_space() const {
    if (low_ > high_) return {1, 2};
    return is_logarithmic_ ? logarithmic() : linear();
  }

 private:
  PlotLimits logarithmic() const {
    const double space = low_ == high_ ? 0.5 : (std::log10(high_) - std::log10(low_)) / 25;
    const double factor = std::pow(10, space);
    PlotLimits limits{std::max(low_ / factor, std::numeric_limits<double>::denorm_min()),
                      std::min(high_ * factor, largest)};
    if (!(limits.low < limits.high)) limits = {low_ / 2, high_};  // neighbours
    if (limits.low == 0) limits = {low_, high_ * 2};
    return limits;
  }
  PlotLimits linear() const {
    const double distance = high_ / 25 - low_ / 25;
    double space = distance > 0 ? distance : std::abs(high_) / 10;
    if (space < smallest) space = high_ == 0 ? 1 : smallest;
    PlotLimits limits{std::max(low_ - space, -largest), std::min(high_ + space, largest)};
    if (!(limits.low < limits.high)) limits = {std::nextafter(low_, -largest), std::nextafter(high_, largest)};
    return limits;
  }

  bool is_logarithmic_;
  double low_ = std::numeric_limits<double>::infinity(), high_ = -low_;
};

PlotLimits limits_of(const PlotAxis& axis, Range range) {
  if (axis.limits) return *axis.limits;
  if (axis.names.empty()) return range.with_space();
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const AxisName& name : axis.names) {
    if (!std::isfinite(name.at)) continue;
    low = std::min(low, name.at);
    high = std::max(high, name.at);
  }
  if (low > high || axis.scale == PlotScale::logarithmic) {
    for (const AxisName& name : axis.names) range.take(name.at);
    return range.with_space();
  }
  return {low - 0.5, high + 0.5};
}

void take_cells(Range& range, std::size_t count) {
  if (count == 0) return;
  range.take(-0.5);
  range.take(static_cast<double>(count) - 0.5);
}

}  // namespace

AxisMap::AxisMap(PlotScale scale, PlotLimits limits) : scale_(scale), limits_(limits) {
  if (scale == PlotScale::logarithmic) {
    unit_ = 1;
    low_ = std::log10(limits.low);
    span_ = std::log10(limits.high) - low_;
  } else {
    unit_ = std::max(std::abs(limits.low), std::abs(limits.high));
    low_ = limits.low / unit_;
    span_ = limits.high / unit_ - low_;
  }
  if (!(span_ > 0)) span_ = std::numeric_limits<double>::epsilon();  // limits that are neighbours
}

bool AxisMap::has(double value) const { return std::isfinite(value) && (scale_ == PlotScale::linear || value > 0); }

double AxisMap::at(double value) const {
  if (std::isnan(value)) return value;
  if (scale_ == PlotScale::logarithmic) {
    if (value <= 0) return -far;
    value = std::log10(value);
  } else {
    value /= unit_;
  }
  return std::clamp((value - low_) / span_, -far, far);
}

AxisMap x_map(const Panel& panel) {
  Range range(panel.x.scale);
  for (const PlotLine& line : panel.lines) range.take(line.x);
  for (const PlotBand& band : panel.bands) range.take(band.x);
  for (const PlotPoints& points : panel.points) range.take(points.x);
  for (const PlotBars& bars : panel.bars)
    for (const double x : bars.x) {
      range.take(x - bars.width / 2);
      range.take(x + bars.width / 2);
    }
  for (const PlotIntervals& one : panel.intervals) {
    if (one.is_horizontal) {
      range.take(one.value);
      range.take(one.low);
      range.take(one.high);
    } else {
      range.take(one.at);
    }
  }
  for (const PlotCells& cells : panel.cells) take_cells(range, cells.values.empty() ? 0 : cells.values[0].size());
  for (const PlotRule& rule : panel.rules)
    if (rule.is_vertical) range.take(rule.at);
  for (const PlotNote& note : panel.notes) range.take(note.x);
  return {panel.x.scale, limits_of(panel.x, range)};
}

AxisMap y_map(const Panel& panel) {
  Range range(panel.y.scale);
  for (const PlotLine& line : panel.lines) range.take(line.y);
  for (const PlotBand& band : panel.bands) {
    range.take(band.low);
    range.take(band.high);
  }
  for (const PlotPoints& points : panel.points) range.take(points.y);
  for (const PlotBars& bars : panel.bars) {
    range.take(bars.y);
    range.take(0.);
  }
  for (const PlotIntervals& one : panel.intervals) {
    if (one.is_horizontal) {
      range.take(one.at);
    } else {
      range.take(one.value);
      range.take(one.low);
      range.take(one.high);
    }
  }
  for (const PlotCells& cells : panel.cells) take_cells(range, cells.values.size());
  for (const PlotRule& rule : panel.rules)
    if (!rule.is_vertical) range.take(rule.at);
  for (const PlotNote& note : panel.notes) range.take(note.y);
  return {panel.y.scale, limits_of(panel.y, range)};
}

}  // namespace deepobs
