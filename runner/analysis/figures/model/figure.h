#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runner/analysis/figures/model/look.h"

namespace deepobs {

/// What a figure shows, and nothing of how it is drawn: statistics make it, and writers (SVG, pgfplots, braille) draw it.
/// Values are in the units of the axes and may be anything. What has no place in the frame is never drawn at a wrong one:
/// a line has a gap where it is not finite, or not positive on a logarithmic axis, and leaves the frame at its limits; at
/// a gap stands a mark, at the edge where the value would be.

enum class PlotScale { linear, logarithmic };

struct PlotLimits {
  double low = 0, high = 1;
};

/// A word in the place of a number: an axis of names, or of ranks.
struct AxisName {
  double at = 0;
  std::string text{};
};

struct PlotAxis {
  std::string label{};
  PlotScale scale = PlotScale::linear;
  std::optional<PlotLimits> limits{};  ///< else those of what is drawn, and some space around it
  std::vector<AxisName> names{};       ///< in place of ticks at round numbers, if any
};

/// The owner of an element, an optimizer as a rule: the index of an entry of Figure::series.
using SeriesIndex = std::size_t;

struct PlotLine {
  SeriesIndex series = 0;
  std::vector<double> x{}, y{};
  bool is_step = false;  ///< y holds until the next x
};

/// Between two curves, filled.
struct PlotBand {
  SeriesIndex series = 0;
  std::vector<double> x{}, low{}, high{};
  bool is_step = false;
};

/// One mark for each. A y that has no place on the axis (a diverged run) becomes a cross: at the lower edge for -infinity
/// and what is not positive on a logarithmic axis, at the upper one for infinity, at Panel::bad_edge for NaN.
struct PlotPoints {
  SeriesIndex series = 0;
  std::vector<double> x{}, y{};
  bool is_small = false;  ///< single seeds, beside a line through their means
};

struct PlotBars {
  SeriesIndex series = 0;
  std::vector<double> x{}, y{};
  double width = 0.8;  ///< in units of x; from 0 on, or from the lower limit of a logarithmic axis
};

/// A number with its interval, as a mark with whiskers.
struct PlotIntervals {
  SeriesIndex series = 0;
  std::vector<double> at{}, value{}, low{}, high{};
  bool is_horizontal = false;  ///< `at` is y then, and the others are x
};

/// A map of values: rows of cells from the lower edge on, the numbers in them. Cell (row, column) is around the point
/// (column, row); the names of the axes say what these stand for. A value that is not finite has no colour.
struct PlotCells {
  std::vector<std::vector<double>> values{};
  std::string label{};         ///< what the values are
  bool is_better_high = true;  ///< the better end of the colours is the light one
};

/// A dashed line across the frame: a target.
struct PlotRule {
  double at = 0;
  bool is_vertical = false;
  std::string label{};  ///< stands in the legend; rules of one label stand there once
};

struct PlotNote {
  double x = 0, y = 0;
  std::string text{};
};

enum class Edge { lower, upper };

struct Panel {
  std::string title{};
  PlotAxis x{}, y{};
  std::vector<PlotBand> bands{};
  std::vector<PlotCells> cells{};  ///< at most one
  std::vector<PlotBars> bars{};
  std::vector<PlotRule> rules{};
  std::vector<PlotLine> lines{};
  std::vector<PlotIntervals> intervals{};
  std::vector<PlotPoints> points{};
  std::vector<PlotNote> notes{};
  Edge bad_edge = Edge::upper;  ///< where values are bad: the upper one for losses
  std::string empty_text{};     ///< what a panel without anything says: "no accuracy"

  bool is_empty() const;
};

/// An entry of the legend.
struct Series {
  std::string name{};
  Look look{};
};

struct Figure {
  std::string title{};
  /// Whole sentences: what is shown, which statistic, of how many runs, which interval; and what comes out of it. Readers
  /// who do not see the picture get it, and others below the picture.
  std::string description{};
  std::vector<Series> series{};
  std::vector<Panel> panels{};  ///< row by row
  std::size_t columns = 1;
  bool has_line_labels = false;  ///< the names stand at the ends of the lines, where there is room, and not in a legend
};

/// Errors: usage, for lists of different lengths, a series that is not there, no columns or panels, limits that are not
/// finite and ascending or not positive on a logarithmic axis, cells in rows of different lengths.
void require_whole(const Figure& figure);

/// The series that something in the figure belongs to, ascending: those that a legend has.
std::vector<SeriesIndex> used_series(const Figure& figure);

/// The labels of the rules, each once.
std::vector<std::string> rule_labels(const Figure& figure);

}  // namespace deepobs
