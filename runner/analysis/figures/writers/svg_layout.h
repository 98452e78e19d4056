#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runner/analysis/figures/model/axis_map.h"
#include "runner/analysis/figures/model/figure.h"
#include "runner/analysis/figures/model/ticks.h"
#include "runner/analysis/figures/model/visible.h"

namespace deepobs {

/// The name of a line at its end: the place where the line ends, and the baseline of the words, moved away from others.
struct LineLabel {
  SeriesIndex series = 0;
  double from_x = 0, from_y = 0, y = 0;
};

/// Where a panel's frame is, and what stands around it. In pixels of CSS, y downwards.
struct PanelLayout {
  double left = 0, top = 0, width = 0, height = 0;
  AxisMap x, y;
  std::vector<Tick> x_ticks{}, y_ticks{};
  double y_label_x = 0, x_label_y = 0;
  std::vector<LineLabel> labels{};

  double pixel_x(double share) const { return left + share * width; }
  double pixel_y(double share) const { return top + (1 - share) * height; }
};

struct LegendEntry {
  enum class Kind { series, rule, cross, colours } kind = Kind::series;
  SeriesIndex series = 0;
  std::string text{};  ///< printable, as it is shown
  std::string full_text{};
  double x = 0, y = 0;  ///< where the sample begins, and the baseline
};

struct SvgLayout {
  double width = 0, height = 0;
  std::vector<PanelLayout> panels{};
  std::vector<LegendEntry> legend{};
  std::vector<std::pair<double, std::string>> words{};  ///< the description's lines, and their baselines
  double title_y = 0;
  std::string title{};
};

inline constexpr double text_size = 11, panel_title_size = 12, title_size = 14;
inline constexpr double sample_width = 28;  ///< of a line in the legend

/// Finds a place for all of a figure, so that no two words overlap.
SvgLayout svg_layout(const Figure& figure, bool shows_title, bool shows_description);

/// A name as it is shown: printable, and not longer than `most` characters.
std::string shown_name(const std::string& name, std::size_t most);

/// As much of a name, printable, as `pixels` have room for.
std::string fitted_name(const std::string& name, double pixels, double font_size, bool is_bold);
inline constexpr std::size_t longest_label = 24, longest_legend = 48;

/// The range of a map's finite values; nothing without any.
std::optional<PlotLimits> cell_range(const PlotCells& cells);

/// Whether a line or a point of the panel has no place on its axes, so that a cross is drawn.
bool has_crosses(const Figure& figure);

}  // namespace deepobs
