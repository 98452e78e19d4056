#include "runner/analysis/figures/writers/braille.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "engine/base/check.h"
#include "engine/base/printable.h"
#include "engine/base/utf8.h"
#include "runner/analysis/figures/model/axis_map.h"
#include "runner/analysis/figures/model/ticks.h"
#include "runner/analysis/figures/model/visible.h"
#include "runner/analysis/figures/writers/colours.h"
#include "runner/analysis/figures/writers/foreign_words.h"
#include "runner/analysis/figures/writers/markers.h"
#include "runner/results/text/text_table.h"

namespace deepobs {
namespace {

/// The columns of a terminal that a text takes: ideographs and their like take two.
std::size_t columns_of(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    const std::optional<CodePoint> one = first_code_point(text);
    count += one && one->code >= 0x1100 && text_width(text.substr(0, one->length)) >= 1 ? 2 : 1;
    text.remove_prefix(one ? one->length : 1);
  }
  return count;
}

/// The text, or as much of its beginning as has room.
std::string shown(const std::string& text, std::size_t most) {
  const std::string words = printable(text);
  for (std::size_t kept = most; kept > 0; --kept)
    if (std::string some = shortened(words, kept); columns_of(some) <= most) return some;
  return "";
}

std::string padded_left(const std::string& text, std::size_t width) {
  const std::size_t length = columns_of(text);
  return std::string(length < width ? width - length : 0, ' ') + text;
}

/// The nearest colour of the cube of 6 x 6 x 6 in the table of 256.
int terminal_colour(const Rgb& colour) {
  const auto step = [](std::uint8_t channel) { return (channel * 5 + 127) / 255; };
  return 16 + 36 * step(colour.red) + 6 * step(colour.green) + step(colour.blue);
}

/// Dots, two a character across and four down, and whose they are.
class DotCanvas {
 public:
  DotCanvas(std::size_t columns, std::size_t rows)
      : columns_(columns), rows_(rows), cells_(columns * rows), series_(columns * rows), crosses_(columns * rows) {}

  long width() const { return static_cast<long>(columns_) * 2; }
  long height() const { return static_cast<long>(rows_) * 4; }

  void dot(long x, long y, std::optional<SeriesIndex> series) {
    if (x < 0 || y < 0 || x >= width() || y >= height()) return;
    static constexpr std::uint8_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    const std::size_t cell = index(x, y);
    cells_[cell] = static_cast<std::uint8_t>(cells_[cell] | bits[y % 4][x % 2]);
    if (series) series_[cell] = series;
  }
  void cross(const FramePoint& point, SeriesIndex series) {
    const std::size_t cell = index(pixel_x(point.x), pixel_y(point.y));
    crosses_[cell] = true;
    series_[cell] = series;
  }

  long pixel_x(double share) const { return std::lround(share * static_cast<double>(width() - 1)); }
  long pixel_y(double share) const { return std::lround((1 - share) * static_cast<double>(height() - 1)); }

  /// Bresenham's line; `way` counts its dots, so that dashes go on from one piece to the next.
  void stroke(const FramePoint& from, const FramePoint& to, std::optional<SeriesIndex> series, Dash dash, long& way) {
    long x = pixel_x(from.x), y = pixel_y(from.y);
    const long x_end = pixel_x(to.x), y_end = pixel_y(to.y);
    const long dx = std::labs(x_end - x), dy = -std::labs(y_end - y), sx = x < x_end ? 1 : -1, sy = y < y_end ? 1 : -1;
    for (long error = dx + dy;; ++way) {
      if (is_on(dash, way)) dot(x, y, series);
      if (x == x_end && y == y_end) return;
      const long twice = 2 * error;
      if (twice >= dy) error += dy, x += sx;
      if (twice <= dx) error += dx, y += sy;
    }
  }

  std::string row(std::size_t at, const Figure& figure, bool has_colours) const {
    std::string text;
    for (std::size_t column = 0; column < columns_; ++column) {
      const std::size_t cell = at * columns_ + column;
      const char dots[] = {'\xe2', static_cast<char>(0xa0 + cells_[cell] / 64),
                           static_cast<char>(0x80 + cells_[cell] % 64), '\0'};  // U+2800 + bits, in UTF-8
      const std::string_view glyph = crosses_[cell] ? "×" : cells_[cell] != 0 ? dots : " ";
      const bool is_coloured = has_colours && glyph != " " && series_[cell];
      if (is_coloured)
        text += "\x1b[38;5;" +
                std::to_string(terminal_colour(named_colour(figure.series[*series_[cell]].look.colour).light)) + "m";
      text += glyph;
      if (is_coloured) text += "\x1b[0m";
    }
    return text;
  }

 private:
  static bool is_on(Dash dash, long way) {
    const std::span<const double> lengths = dash_lengths(dash);
    double whole = 0;
    for (const double length : lengths) whole += length;
    if (whole == 0) return true;
    double at = std::fmod(static_cast<double>(way), whole);
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      if (at < lengths[i]) return i % 2 == 0;
      at -= lengths[i];
    }
    return true;
  }
  std::size_t index(long x, long y) const {
    return static_cast<std::size_t>(y / 4) * columns_ + static_cast<std::size_t>(x / 2);
  }

  std::size_t columns_, rows_;
  std::vector<std::uint8_t> cells_;
  std::vector<std::optional<SeriesIndex>> series_;
  std::vector<bool> crosses_;
};

void draw(const Panel& panel, const Figure& figure, const AxisMap& x, const AxisMap& y, DotCanvas& canvas) {
  for (const PlotRule& rule : panel.rules) {
    const double at = rule.is_vertical ? x.at(rule.at) : y.at(rule.at);
    if (!(at >= 0 && at <= 1)) continue;
    long way = 0;
    canvas.stroke(rule.is_vertical ? FramePoint{at, 0} : FramePoint{0, at},
                  rule.is_vertical ? FramePoint{at, 1} : FramePoint{1, at}, std::nullopt, Dash::wide_dot, way);
  }
  for (const PlotBars& bars : panel.bars)
    for (std::size_t i = 0; i < bars.x.size(); ++i) {
      if (!x.has(bars.x[i]) || !y.has(bars.y[i])) continue;
      const double left = std::clamp(x.at(bars.x[i] - bars.width / 2), 0., 1.),
                   right = std::clamp(x.at(bars.x[i] + bars.width / 2), 0., 1.), base = std::clamp(y.at(0), 0., 1.),
                   end = std::clamp(y.at(bars.y[i]), 0., 1.);
      const long top = canvas.pixel_y(std::max(base, end)), bottom = canvas.pixel_y(std::min(base, end));
      for (long column = canvas.pixel_x(left); column <= canvas.pixel_x(right); ++column)
        for (long row = top; row <= bottom; ++row) canvas.dot(column, row, bars.series);
    }
  for (const PlotIntervals& one : panel.intervals)
    for (std::size_t i = 0; i < one.at.size(); ++i) {
      const AxisMap &along = one.is_horizontal ? x : y, &across = one.is_horizontal ? y : x;
      const double where = across.at(one.at[i]), low = along.at(one.low[i]), high = along.at(one.high[i]),
                   value = along.at(one.value[i]);
      if (!(where >= 0 && where <= 1)) continue;
      const auto place = [&](double share) {
        return one.is_horizontal ? FramePoint{share, where} : FramePoint{where, share};
      };
      long way = 0;
      if (low <= high && high >= 0 && low <= 1)
        canvas.stroke(place(std::max(low, 0.)), place(std::min(high, 1.)), one.series, Dash::solid, way);
      if (!along.has(one.value[i]) || !(value >= 0 && value <= 1)) continue;
      for (const long step : {-1L, 0L, 1L}) {
        canvas.dot(canvas.pixel_x(place(value).x) + step, canvas.pixel_y(place(value).y), one.series);
        canvas.dot(canvas.pixel_x(place(value).x), canvas.pixel_y(place(value).y) + step, one.series);
      }
    }
  for (const PlotLine& line : panel.lines) {
    long way = 0;
    for (const FrameRun& run : visible_line(line, x, y, most_points)) {
      if (run.size() == 1) canvas.dot(canvas.pixel_x(run[0].x), canvas.pixel_y(run[0].y), line.series);
      for (std::size_t i = 1; i < run.size(); ++i)
        canvas.stroke(run[i - 1], run[i], line.series, figure.series[line.series].look.dash, way);
    }
    for (const FramePoint& mark : gap_marks(line, x, y, panel.bad_edge)) canvas.cross(mark, line.series);
  }
  for (const PlotPoints& points : panel.points)
    for (std::size_t i = 0; i < points.x.size(); ++i) {
      const double at = x.has(points.x[i]) ? x.at(points.x[i]) : -1;
      if (!(at >= 0 && at <= 1)) continue;
      if (!y.has(points.y[i])) {
        canvas.cross({at, edge_of(points.y[i], panel.bad_edge)}, points.series);
      } else if (const double up = y.at(points.y[i]); up >= 0 && up <= 1) {
        canvas.dot(canvas.pixel_x(at), canvas.pixel_y(up), points.series);
      }
    }
}

/// What stands to the right of each row: the names of the lines that end there, or near it.
std::vector<std::string> end_labels(const Panel& panel, const Figure& figure, const AxisMap& x, const AxisMap& y,
                                    std::size_t rows, std::size_t width) {
  struct End {
    double y;
    SeriesIndex series;
  };
  std::vector<End> ends;
  for (const PlotLine& line : panel.lines) {
    const std::vector<FrameRun> runs = visible_line(line, x, y, most_points);
    const bool is_new =
        std::none_of(ends.begin(), ends.end(), [&](const End& one) { return one.series == line.series; });
    if (!runs.empty() && is_new) ends.push_back({runs.back().back().y, line.series});
  }
  std::stable_sort(ends.begin(), ends.end(), [](const End& a, const End& b) { return a.y > b.y; });
  std::vector<std::string> labels(rows);
  std::size_t next = 0;
  for (std::size_t i = 0; i < ends.size() && i < rows; ++i) {
    const std::size_t wanted = static_cast<std::size_t>(std::lround((1 - ends[i].y) * static_cast<double>(rows - 1)));
    const std::size_t row = std::min(std::max(wanted, next), rows - std::min(rows, ends.size() - i));
    labels[row] = shown(figure.series[ends[i].series].name, width);
    next = row + 1;
  }
  return labels;
}

std::string table_of(const Panel& panel, std::size_t columns) {
  const PlotCells& cells = panel.cells[0];
  const auto name_of = [](const PlotAxis& axis, std::size_t at) {
    for (const AxisName& name : axis.names)
      if (name.at == static_cast<double>(at)) return shown(name.text, 10);
    return std::to_string(at);
  };
  if (cells.values.empty() || cells.values[0].empty()) return "no data\n";
  const std::size_t fitting = std::min(cells.values[0].size(), std::max<std::size_t>((columns - 12) / 12, 1));
  std::vector<std::string> titles{shown(panel.y.label, 10)};
  for (std::size_t i = 0; i < fitting; ++i) titles.push_back(std::string(">").append(name_of(panel.x, i)));
  TextTable table(titles);
  for (std::size_t row = cells.values.size(); row-- > 0;) {
    std::vector<std::string> words{name_of(panel.y, row)};
    for (std::size_t i = 0; i < fitting; ++i)
      words.push_back(std::isfinite(cells.values[row][i]) ? tick_text(cells.values[row][i], 4) : "×");
    table.add(std::move(words));
  }
  std::string text = table.text();
  if (fitting < cells.values[0].size())
    text.append("(").append(std::to_string(cells.values[0].size() - fitting)).append(" more columns)\n");
  return text;
}

std::string drawn(const Panel& panel, const Figure& figure, const BrailleOptions& options) {
  std::string text;
  if (!panel.title.empty()) text += shown(panel.title, options.columns) + "\n";
  if (panel.is_empty())
    return text + shown(panel.empty_text.empty() ? "no data" : panel.empty_text, options.columns) + "\n";
  if (!panel.cells.empty()) return text + table_of(panel, options.columns);

  const AxisMap x = x_map(panel), y = y_map(panel);
  std::vector<Tick> y_ticks = round_ticks(y.scale(), y.limits(), options.rows / 3);
  if (!panel.y.names.empty()) {
    y_ticks.clear();
    for (const AxisName& name : panel.y.names) y_ticks.push_back({name.at, shown(name.text, options.columns / 4)});
  }
  std::vector<std::string> left(options.rows);
  for (const Tick& tick : y_ticks) {
    const double share = y.at(tick.value);
    if (!(share >= 0 && share <= 1)) continue;
    left[static_cast<std::size_t>(std::lround((1 - share) * static_cast<double>(options.rows - 1)))] = tick.text;
  }
  std::size_t left_width = 1, label_width = 0;
  for (const std::string& words : left) left_width = std::max(left_width, columns_of(words));
  for (const PlotLine& line : panel.lines)
    label_width = std::max(label_width, columns_of(shown(figure.series[line.series].name, options.columns / 4)));
  const std::vector<std::string> right = end_labels(panel, figure, x, y, options.rows, options.columns / 4);
  const std::size_t width = options.columns - left_width - 1 - (label_width == 0 ? 0 : label_width + 1);

  DotCanvas canvas(width, options.rows);
  draw(panel, figure, x, y, canvas);
  if (!panel.y.label.empty()) text += shown(panel.y.label, options.columns) + "\n";
  for (std::size_t row = 0; row < options.rows; ++row) {
    text += padded_left(left[row], left_width) + (left[row].empty() ? "│" : "┤") +
            canvas.row(row, figure, options.has_colours) + (right[row].empty() ? "" : " " + right[row]);
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }

  std::string axis(left_width, ' '), below(left_width + 1 + width, ' ');
  axis += "└";
  std::vector<std::string> line(width, "─");
  std::size_t next = 0;
  std::vector<Tick> x_ticks = round_ticks(x.scale(), x.limits(), std::clamp<std::size_t>(width / 10, 2, 8));
  if (!panel.x.names.empty()) {
    x_ticks.clear();
    // Only plain letters: the row below the axis is filled byte by byte.
    for (const AxisName& name : panel.x.names)
      if (const std::string words = shown(name.text, 10);
          std::all_of(words.begin(), words.end(), [](char c) { return c > 0; }))
        x_ticks.push_back({name.at, words});
  }
  for (const Tick& tick : x_ticks) {
    const double share = x.at(tick.value);
    if (!(share >= 0 && share <= 1)) continue;
    const std::size_t column = static_cast<std::size_t>(std::lround(share * static_cast<double>(width - 1)));
    line[column] = "┬";
    const std::size_t middle = left_width + 1 + column, half = tick.text.size() / 2;
    const std::size_t begin =
        std::min(middle < half ? 0 : middle - half, below.size() - std::min(below.size(), tick.text.size()));
    if (begin < next || begin + tick.text.size() > below.size()) continue;
    below.replace(begin, tick.text.size(), tick.text);
    next = begin + tick.text.size() + 1;
  }
  for (const std::string& piece : line) axis += piece;
  below.erase(below.find_last_not_of(' ') + 1);
  text += axis + "\n" + below + "\n";
  const std::string label = shown(panel.x.label, width);
  if (!label.empty())
    text += std::string(left_width + 1 + (width - std::min(width, columns_of(label))) / 2, ' ') + label + "\n";
  return text;
}

}  // namespace

std::string braille_text(const Figure& figure, const BrailleOptions& options) {
  require_whole(figure);
  require(options.columns >= 40 && options.rows >= 4, Fault::usage,
          "a figure in a terminal needs at least 40 columns and 4 rows, and ", options.columns, " and ", options.rows,
          " came");
  std::string text = figure.title.empty() ? "" : shown(figure.title, options.columns) + "\n";
  for (const Panel& panel : figure.panels) text += drawn(panel, figure, options);
  return text;
}

}  // namespace deepobs
