#include "runner/analysis/figures/model/figure.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"
#include "engine/base/printable.h"

namespace deepobs {
namespace {

/// Calls `take` with every element that belongs to a series.
template <class Take>
void for_each_of_series(const Panel& panel, Take take) {
  for (const PlotBand& band : panel.bands) take("band", band);
  for (const PlotBars& bars : panel.bars) take("bars", bars);
  for (const PlotLine& line : panel.lines) take("line", line);
  for (const PlotIntervals& intervals : panel.intervals) take("intervals", intervals);
  for (const PlotPoints& points : panel.points) take("points", points);
}

void require_lengths(const std::string& panel, const char* what, const char* a, std::size_t a_size, const char* b,
                     std::size_t b_size) {
  require(a_size == b_size, Fault::usage, "panel ", printable(panel), ": the lists of a ", what,
          " have one length, and ", a_size, " values of ", a, " and ", b_size, " of ", b, " came");
}

void require_axis(const std::string& panel, const char* which, const PlotAxis& axis) {
  if (!axis.limits) return;
  const auto [low, high] = *axis.limits;
  require(std::isfinite(low) && std::isfinite(high) && low < high, Fault::usage, "panel ", printable(panel), ": the ",
          which, " axis goes from a finite limit to a larger one, and ", low, " and ", high, " came");
  require(axis.scale == PlotScale::linear || low > 0, Fault::usage, "panel ", printable(panel), ": the ", which,
          " axis is logarithmic, and goes from a positive limit; ", low, " came");
}

}  // namespace

bool Panel::is_empty() const {
  return bands.empty() && cells.empty() && bars.empty() && rules.empty() && lines.empty() && intervals.empty() &&
         points.empty() && notes.empty();
}

void require_whole(const Figure& figure) {
  require(figure.columns > 0, Fault::usage, "a figure has at least one column of panels, and 0 came");
  require(!figure.panels.empty(), Fault::usage, "a figure has at least one panel, and none came");
  for (const Panel& panel : figure.panels) {
    require_axis(panel.title, "x", panel.x);
    require_axis(panel.title, "y", panel.y);
    for_each_of_series(panel, [&](const char* what, const auto& element) {
      require(element.series < figure.series.size(), Fault::usage, "panel ", printable(panel.title), ": a ", what,
              " belongs to series ", element.series, " of ", figure.series.size(), ", counted from 0");
    });
    for (const PlotLine& line : panel.lines)
      require_lengths(panel.title, "line", "x", line.x.size(), "y", line.y.size());
    for (const PlotPoints& points : panel.points)
      require_lengths(panel.title, "group of points", "x", points.x.size(), "y", points.y.size());
    for (const PlotBars& bars : panel.bars) {
      require_lengths(panel.title, "group of bars", "x", bars.x.size(), "y", bars.y.size());
      require(std::isfinite(bars.width) && bars.width > 0, Fault::usage, "panel ", printable(panel.title),
              ": bars have a positive width, and ", bars.width, " came");
    }
    for (const PlotBand& band : panel.bands) {
      require_lengths(panel.title, "band", "x", band.x.size(), "low", band.low.size());
      require_lengths(panel.title, "band", "x", band.x.size(), "high", band.high.size());
    }
    for (const PlotIntervals& one : panel.intervals) {
      require_lengths(panel.title, "group of intervals", "at", one.at.size(), "value", one.value.size());
      require_lengths(panel.title, "group of intervals", "at", one.at.size(), "low", one.low.size());
      require_lengths(panel.title, "group of intervals", "at", one.at.size(), "high", one.high.size());
    }
    require(panel.cells.size() <= 1, Fault::usage, "panel ", printable(panel.title), " has at most one map, and ",
            panel.cells.size(), " came");
    for (const PlotCells& cells : panel.cells) {
      for (const auto& row : cells.values)
        require_lengths(panel.title, "map", "the first row", cells.values[0].size(), "another", row.size());
      require(panel.x.scale == PlotScale::linear && panel.y.scale == PlotScale::linear, Fault::usage, "panel ",
              printable(panel.title),
              ": cells are counted, so that their axes are linear; names say what they stand for");
    }
  }
}

std::vector<SeriesIndex> used_series(const Figure& figure) {
  std::vector<bool> is_used(figure.series.size());
  for (const Panel& panel : figure.panels)
    for_each_of_series(panel, [&](const char*, const auto& element) { is_used[element.series] = true; });
  std::vector<SeriesIndex> used;
  for (SeriesIndex i = 0; i < is_used.size(); ++i)
    if (is_used[i]) used.push_back(i);
  return used;
}

std::vector<std::string> rule_labels(const Figure& figure) {
  std::vector<std::string> labels;
  for (const Panel& panel : figure.panels)
    for (const PlotRule& rule : panel.rules)
      if (!rule.label.empty() && std::find(labels.begin(), labels.end(), rule.label) == labels.end())
        labels.push_back(rule.label);
  return labels;
}

}  // namespace deepobs
