#include "runner/analysis/figures/writers/svg_layout.h"

#include <algorithm>
#include <cmath>

#include "engine/base/printable.h"
#include "runner/analysis/figures/writers/foreign_words.h"

namespace deepobs {
namespace {

constexpr double margin = 12, line_height = 15;
constexpr double between_labels = 13;  // baselines of two line labels
constexpr double between_words = 8;    // two words of an axis side by side
constexpr double tick_row = 20, label_row = 17, panel_title_row = 20;
constexpr std::size_t longest_x_name = 28, longest_y_name = 48;

struct Size {
  double width = 0, height = 0;
};

/// Frames are the smaller the more columns there are; maps and axes of names get room for each of their rows.
Size frame_size(const Figure& figure, const Panel& panel) {
  Size size = figure.columns == 1 ? Size{460, 270} : figure.columns == 2 ? Size{310, 200} : Size{190, 130};
  if (!panel.cells.empty()) {
    const PlotCells& cells = panel.cells[0];
    const double columns = cells.values.empty() ? 0 : static_cast<double>(cells.values[0].size());
    size.width = std::clamp(48 * columns, size.width, 1600.);
    size.height = std::clamp(26 * static_cast<double>(cells.values.size()), size.height / 2, 1600.);
  } else if (!panel.y.names.empty()) {
    size.height = std::clamp(24 * static_cast<double>(panel.y.names.size()), 80., 4000.);
  }
  return size;
}

double width_in_pixels(const std::string& words, double size = text_size) { return text_width(words) * size; }

/// The names inside the limits, without those that would touch the one before. `room` is the length of the axis, `size`
/// what a word takes of it.
template <class WordSize>
std::vector<Tick> name_ticks(const PlotAxis& axis, const AxisMap& map, double room, std::size_t longest,
                             WordSize size) {
  std::vector<Tick> ticks;
  for (const AxisName& name : axis.names) {
    const double at = map.at(name.at);
    if (map.has(name.at) && at >= 0 && at <= 1) ticks.push_back({name.at, shown_name(name.text, longest)});
  }
  std::sort(ticks.begin(), ticks.end(), [](const Tick& a, const Tick& b) { return a.value < b.value; });
  std::vector<Tick> kept;
  for (const Tick& tick : ticks) {
    const bool fits = kept.empty() || (map.at(tick.value) - map.at(kept.back().value)) * room >=
                                          (size(tick.text) + size(kept.back().text)) / 2;
    if (fits) kept.push_back(tick);
  }
  return kept;
}

std::vector<Tick> x_ticks(const Panel& panel, const AxisMap& map, double width) {
  const auto size = [](const std::string& words) { return width_in_pixels(words) + between_words; };
  if (!panel.x.names.empty()) return name_ticks(panel.x, map, width, longest_x_name, size);
  for (std::size_t most = static_cast<std::size_t>(width / 45); most > 2; --most) {
    std::vector<Tick> ticks = round_ticks(map.scale(), map.limits(), most);
    bool fits = true;
    for (std::size_t i = 1; i < ticks.size(); ++i)
      fits = fits && (map.at(ticks[i].value) - map.at(ticks[i - 1].value)) * width >=
                         (size(ticks[i].text) + size(ticks[i - 1].text)) / 2;
    if (fits) return ticks;
  }
  std::vector<Tick> ticks = round_ticks(map.scale(), map.limits(), 2);
  if (ticks.size() == 2 &&
      (map.at(ticks[1].value) - map.at(ticks[0].value)) * width < (size(ticks[0].text) + size(ticks[1].text)) / 2)
    ticks.pop_back();
  return ticks;
}

std::vector<Tick> y_ticks(const Panel& panel, const AxisMap& map, double height) {
  if (!panel.y.names.empty())
    return name_ticks(panel.y, map, height, longest_y_name, [](const std::string&) { return text_size + 2; });
  std::vector<Tick> ticks = round_ticks(map.scale(), map.limits(), static_cast<std::size_t>(height / 30));
  std::vector<Tick> kept;
  for (const Tick& tick : ticks)
    if (kept.empty() || (map.at(tick.value) - map.at(kept.back().value)) * height >= text_size + 2)
      kept.push_back(tick);
  return kept;
}

double widest(const std::vector<Tick>& ticks) {
  double width = 0;
  for (const Tick& tick : ticks) width = std::max(width, width_in_pixels(tick.text));
  return width;
}

/// Moves labels that ascend by y apart, and inside `top` to `bottom`, which they fit into.
void move_apart(std::vector<LineLabel>& labels, double top, double bottom) {
  double lowest = top;
  for (LineLabel& label : labels) {
    label.y = std::max(label.y, lowest);
    lowest = label.y + between_labels;
  }
  double highest = bottom;
  for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
    label->y = std::min(label->y, highest);
    highest = label->y - between_labels;
  }
}

/// One label for each series with a line that can be seen, at the end of the last line.
std::vector<LineLabel> line_labels(const Panel& panel, const PanelLayout& at) {
  std::vector<LineLabel> labels;
  for (const PlotLine& line : panel.lines) {
    const std::vector<FrameRun> runs = visible_line(line, at.x, at.y, most_points);
    if (runs.empty()) continue;
    const FramePoint end = runs.back().back();
    const LineLabel label{line.series, at.pixel_x(end.x), at.pixel_y(end.y), at.pixel_y(end.y) + 4};
    const auto same =
        std::find_if(labels.begin(), labels.end(), [&](const LineLabel& one) { return one.series == line.series; });
    if (same == labels.end()) {
      labels.push_back(label);
    } else {
      *same = label;
    }
  }
  std::stable_sort(labels.begin(), labels.end(), [](const LineLabel& a, const LineLabel& b) { return a.y < b.y; });
  return labels;
}

/// Gives every series with a line a label, or none where one panel has more than fit.
void place_line_labels(const Figure& figure, std::vector<PanelLayout>& panels) {
  for (std::size_t i = 0; i < panels.size(); ++i) {
    panels[i].labels = line_labels(figure.panels[i], panels[i]);
    if (static_cast<double>(panels[i].labels.size()) * between_labels > panels[i].height) {
      for (PanelLayout& panel : panels) panel.labels.clear();
      return;
    }
  }
}

double label_width(const Figure& figure, const Panel& panel) {
  double width = 0;
  for (const PlotLine& line : panel.lines)
    width = std::max(width, width_in_pixels(shown_name(figure.series[line.series].name, longest_label)));
  return width == 0 ? 0 : width + 26;
}

std::vector<LegendEntry> legend_entries(const Figure& figure, const std::vector<PanelLayout>& panels) {
  using Kind = LegendEntry::Kind;
  std::vector<LegendEntry> entries;
  std::vector<bool> is_labelled(figure.series.size());
  for (const PanelLayout& panel : panels)
    for (const LineLabel& label : panel.labels) is_labelled[label.series] = true;
  std::vector<SeriesIndex> used = used_series(figure);
  std::erase_if(used, [&](SeriesIndex i) { return figure.series[i].name.empty(); });  // it needs no name: there is one
  // Names at the ends of lines do for a legend, if all are there.
  if (std::any_of(used.begin(), used.end(), [&](SeriesIndex i) { return !is_labelled[i]; }))
    for (const SeriesIndex i : used)
      entries.push_back({Kind::series, i, shown_name(figure.series[i].name, longest_legend), figure.series[i].name});
  for (const std::string& label : rule_labels(figure))
    entries.push_back({Kind::rule, 0, shown_name(label, longest_legend), label});
  if (has_crosses(figure)) entries.push_back({Kind::cross, 0, "diverged, or beyond the axis", ""});
  for (const Panel& panel : figure.panels)
    for (const PlotCells& cells : panel.cells)
      if (const auto range = cell_range(cells)) {
        const bool is_high = cells.is_better_high;
        const std::string words = shown_name(cells.label, longest_legend) + ": " +
                                  tick_text(is_high ? range->low : range->high, 4) + " to " +
                                  tick_text(is_high ? range->high : range->low, 4);
        entries.push_back({Kind::colours, 0, words, cells.label});
      }
  return entries;
}

/// In rows from the left, as words in a paragraph. Returns the y below.
double place_legend(std::vector<LegendEntry>& entries, double left, double right, double y) {
  double x = left;
  for (LegendEntry& entry : entries) {
    const double sample = entry.kind == LegendEntry::Kind::colours ? 80 : sample_width;
    const double width = sample + 6 + width_in_pixels(entry.text);
    if (x > left && x + width > right) {
      x = left;
      y += line_height + 1;
    }
    entry.x = x;
    entry.y = y + text_size;
    x += width + 18;
  }
  return entries.empty() ? y : y + line_height + 7;
}

}  // namespace

std::string shown_name(const std::string& name, std::size_t most) { return shortened(printable(name), most); }

std::string fitted_name(const std::string& name, double pixels, double font_size, bool is_bold) {
  return fitted(printable(name), pixels / (font_size * (is_bold ? 1.12 : 1)));
}

std::optional<PlotLimits> cell_range(const PlotCells& cells) {
  std::optional<PlotLimits> range;
  for (const auto& row : cells.values)
    for (const double value : row) {
      if (!std::isfinite(value)) continue;
      if (!range) range = {value, value};
      range->low = std::min(range->low, value);
      range->high = std::max(range->high, value);
    }
  return range;
}

bool has_crosses(const Figure& figure) {
  for (const Panel& panel : figure.panels) {
    const AxisMap x = x_map(panel), y = y_map(panel);
    for (const PlotLine& line : panel.lines)
      if (!gap_marks(line, x, y, panel.bad_edge).empty()) return true;
    for (const PlotPoints& points : panel.points)
      for (std::size_t i = 0; i < points.x.size(); ++i)
        if (x.has(points.x[i]) && !y.has(points.y[i])) return true;
    for (const PlotCells& cells : panel.cells)
      for (const auto& row : cells.values)
        for (const double value : row)
          if (!std::isfinite(value)) return true;
  }
  return false;
}

SvgLayout svg_layout(const Figure& figure, bool shows_title, bool shows_description) {
  SvgLayout layout;
  double y = margin;
  if (shows_title && !figure.title.empty()) {
    layout.title_y = y + title_size;
    y += title_size + 10;
  }

  const std::size_t count = figure.panels.size(), columns = std::min(figure.columns, count),
                    rows = (count + columns - 1) / columns;
  std::vector<double> left(columns), right(columns), width(columns), top(rows), bottom(rows), height(rows);
  for (std::size_t i = 0; i < count; ++i) {
    const Panel& panel = figure.panels[i];
    const std::size_t column = i % columns, row = i / columns;
    const Size size = frame_size(figure, panel);
    width[column] = std::max(width[column], size.width);
    height[row] = std::max(height[row], size.height);
    top[row] = std::max(top[row], panel.title.empty() ? 6 : panel_title_row);
    bottom[row] = std::max(bottom[row], tick_row + (panel.x.label.empty() ? 0 : label_row));
    right[column] = std::max({right[column], 14., figure.has_line_labels ? label_width(figure, panel) : 0});
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Panel& panel = figure.panels[i];
    PanelLayout one{.x = x_map(panel), .y = y_map(panel)};
    one.width = width[i % columns];
    one.height = height[i / columns];
    one.x_ticks = x_ticks(panel, one.x, one.width);
    one.y_ticks = y_ticks(panel, one.y, one.height);
    left[i % columns] = std::max(left[i % columns], widest(one.y_ticks) + 8 + (panel.y.label.empty() ? 0 : label_row));
    layout.panels.push_back(std::move(one));
  }
  // A word below the left end of a frame may stand out to the left by half of it.
  for (std::size_t i = 0; i < count; ++i)
    if (!layout.panels[i].x_ticks.empty()) {
      const double share = layout.panels[i].x.at(layout.panels[i].x_ticks.front().value);
      const double out = width_in_pixels(layout.panels[i].x_ticks.front().text) / 2 - share * width[i % columns];
      const double end = (1 - layout.panels[i].x.at(layout.panels[i].x_ticks.back().value)) * width[i % columns];
      left[i % columns] = std::max(left[i % columns], out + 4);
      right[i % columns] =
          std::max(right[i % columns], width_in_pixels(layout.panels[i].x_ticks.back().text) / 2 - end + between_words);
    }
  double next_top = y;
  for (std::size_t row = 0; row < rows; ++row) {
    next_top += top[row];
    double next_left = margin;
    for (std::size_t column = 0; column < columns; ++column) {
      next_left += left[column];
      if (const std::size_t i = row * columns + column; i < count) {
        PanelLayout& one = layout.panels[i];
        one.left = next_left;
        one.top = next_top;
        one.y_label_x = next_left - left[column] + text_size;
        one.x_label_y = next_top + height[row] + tick_row + 11;
      }
      next_left += width[column] + right[column];
    }
    layout.width = std::max(layout.width, next_left);
    next_top += height[row] + bottom[row] + 6;
  }
  layout.width = std::max(layout.width + margin, 320.);
  y = next_top;

  if (figure.has_line_labels) place_line_labels(figure, layout.panels);
  for (PanelLayout& one : layout.panels) move_apart(one.labels, one.top + 8, one.top + one.height + 4);
  layout.legend = legend_entries(figure, layout.panels);
  for (const LegendEntry& entry : layout.legend)
    layout.width = std::max(layout.width, 2 * margin + left[0] + 86 + width_in_pixels(entry.text));
  y = place_legend(layout.legend, margin + left[0], layout.width - margin, y + 4);
  if (shows_title && !figure.title.empty())
    layout.title = fitted_name(figure.title, layout.width - 2 * margin, title_size, true);

  if (shows_description) {
    const std::string words = wrapped(printable(figure.description), (layout.width - 2 * margin) / text_size);
    for (std::size_t begin = 0; begin < words.size();) {
      const std::size_t end = std::min(words.find('\n', begin), words.size());
      layout.words.emplace_back(y + text_size, words.substr(begin, end - begin));
      y += line_height;
      begin = end + 1;
    }
  }
  layout.height = y + margin / 2;
  return layout;
}

}  // namespace deepobs
