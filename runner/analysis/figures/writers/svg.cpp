// Written by hand: no library in Debian writes SVG whose text stays text, whose colours a page may choose and which says
// what it shows to readers who do not see it (cairo makes outlines of letters); each would bring 20 to 90 packages.

#include "runner/analysis/figures/writers/svg.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/printable.h"
#include "runner/analysis/figures/writers/colours.h"
#include "runner/analysis/figures/writers/foreign_words.h"
#include "runner/analysis/figures/writers/markers.h"
#include "runner/analysis/figures/writers/svg_layout.h"

namespace deepobs {
namespace {

constexpr double line_width = 2, marker_radius = 3.2, seed_radius = 2.2;
constexpr std::size_t markers_a_line = 8;
constexpr std::size_t many_points = 1000;  // from then on, points on one pixel are drawn once

/// Pixels with two digits behind the point, which no eye sees, and no zeros at the end.
std::string number(double value) {
  char text[64];
  char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, 2).ptr;
  while (end[-1] == '0') --end;
  if (end[-1] == '.') --end;
  const std::string word(text, static_cast<std::size_t>(end - text));
  return word == "-0" ? "0" : word;
}

std::string pair_text(double x, double y) { return number(x) + " " + number(y); }

struct Pixel {
  double x = 0, y = 0;
  auto operator<=>(const Pixel&) const = default;
};

std::string marker_path(Marker marker, const Pixel& at, double radius) {
  const std::span<const MarkerPoint> outline = marker_outline(marker);
  std::string path = "M";
  if (outline.empty()) {
    const std::string r = number(radius);
    path += pair_text(at.x - radius, at.y);
    for (const double way : {2 * radius, -2 * radius}) path += "a" + r + " " + r + " 0 0 1 " + number(way) + " 0";
    return path + "z";
  }
  for (std::size_t i = 0; i < outline.size(); ++i) {
    if (i > 0) path += 'L';
    path += pair_text(at.x + radius * outline[i].x, at.y + radius * outline[i].y);
  }
  return path + "z";
}

std::string cross_path(const Pixel& at) {
  constexpr double r = 3.5;
  return "M" + pair_text(at.x - r, at.y - r) + "L" + pair_text(at.x + r, at.y + r) + "M" +
         pair_text(at.x - r, at.y + r) + "L" + pair_text(at.x + r, at.y - r);
}

/// A small triangle at the edge of the frame beyond which a point is.
std::string beyond_path(const Pixel& at, double share_x, double share_y) {
  constexpr double r = 4;
  const double dx = share_x < 0 ? -1 : share_x > 1 ? 1 : 0, dy = dx != 0 ? 0 : share_y > 1 ? -1 : 1;
  return "M" + pair_text(at.x, at.y) + "L" + pair_text(at.x - r * (dx + dy), at.y - r * (dy + dx)) + "L" +
         pair_text(at.x - r * (dx - dy), at.y - r * (dy - dx)) + "z";
}

class SvgWriter {
 public:
  SvgWriter(const Figure& figure, const SvgOptions& options)
      : figure_(figure),
        options_(options),
        layout_(svg_layout(figure, options.shows_title, options.shows_description)) {}

  std::string write() {
    begin();
    for (std::size_t i = 0; i < figure_.panels.size(); ++i) draw_panel(figure_.panels[i], layout_.panels[i]);
    draw_legend();
    if (!layout_.words.empty()) {
      out_ += "<g " + coloured("muted") + ">\n";
      for (const auto& [y, words] : layout_.words) text(12, y, words);
      out_ += "</g>\n";
    }
    out_ += "</svg>\n";
    return std::move(out_);
  }

 private:
  /// The attributes that make a colour the current one: the page's by the class, the theme's own where no style is.
  std::string coloured(const NamedColour& colour) const {
    return "class=\"" + std::string(colour.name) + "\" color=\"#" +
           hex(options_.theme == SvgTheme::dark ? colour.dark : colour.light) + "\"";
  }
  std::string coloured(std::string_view name) const { return coloured(named_colour(name)); }
  std::string series_group(SeriesIndex series) const {
    const Series& one = figure_.series[series];
    return "<g " + coloured(named_colour(one.look.colour)) + " data-series=\"" + xml_text(one.name) + "\"";
  }
  static std::string dashes(Dash dash) {
    const std::span<const double> lengths = dash_lengths(dash);
    if (lengths.empty()) return "";
    std::string text = " stroke-dasharray=\"";
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      if (i > 0) text += ' ';
      text += number(lengths[i] * line_width);
    }
    return text + "\"";
  }

  void path(const std::string& d, const std::string& attributes = "") {
    out_ += "<path" + (attributes.empty() ? "" : " " + attributes) + " d=\"" + d + "\"/>\n";
  }
  /// `words` are printable. `full` is shown when the pointer rests on words that were shortened.
  void text(double x, double y, const std::string& words, const std::string& attributes = "",
            const std::string& full = "") {
    if (words.empty()) return;
    out_ += "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\"" + (attributes.empty() ? "" : " " + attributes) +
            ">" + (full.empty() || full == words ? "" : "<title>" + xml_text(full) + "</title>") + xml_text(words) +
            "</text>\n";
  }

  void begin() {
    const std::string width = number(layout_.width), height = number(layout_.height), &id = options_.id;
    out_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" " + root_colour() + " role=\"img\" aria-labelledby=\"" + id +
           "-title " + id + "-desc\" width=\"" + width + "\" height=\"" + height + "\" viewBox=\"0 0 " + width + " " +
           height + "\" font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"" + number(text_size) +
           "\" fill=\"currentColor\">\n";
    out_ += "<title id=\"" + id + "-title\">" + xml_text(figure_.title) + "</title>\n";
    out_ += "<desc id=\"" + id + "-desc\">" + xml_text(figure_.description) + "</desc>\n";
    if (options_.theme == SvgTheme::page && options_.embeds_style)
      out_ += "<style>\n" + svg_style_sheet() + "</style>\n";
    out_ += "<rect " + coloured("paper") + " width=\"" + width + "\" height=\"" + height + "\"/>\n";
    text(12, layout_.title_y, layout_.title, "font-size=\"" + number(title_size) + "\" font-weight=\"bold\"");
  }
  std::string root_colour() const {
    const NamedColour& ink = named_colour("ink");
    return "class=\"deepobs-figure\" color=\"#" + hex(options_.theme == SvgTheme::dark ? ink.dark : ink.light) + "\"";
  }

  void draw_panel(const Panel& panel, const PanelLayout& at) {
    out_ += "<g data-panel=\"" + xml_text(panel.title) + "\">\n";
    draw_axes(panel, at);
    if (panel.is_empty()) {
      text(at.left + at.width / 2, at.top + at.height / 2,
           fitted_name(panel.empty_text.empty() ? "no data" : panel.empty_text, at.width, text_size, false),
           "text-anchor=\"middle\" font-style=\"italic\"");
    }
    for (const PlotCells& cells : panel.cells) draw_cells(cells, at);
    for (const PlotBand& band : panel.bands) draw_band(band, at);
    for (const PlotBars& bars : panel.bars) draw_bars(bars, at);
    for (const PlotRule& rule : panel.rules) draw_rule(rule, at);
    for (const PlotIntervals& intervals : panel.intervals) draw_intervals(intervals, at);
    for (const PlotLine& line : panel.lines) draw_line(line, panel, at);
    for (const PlotPoints& points : panel.points) draw_points(points, panel, at);
    for (const LineLabel& label : at.labels) draw_line_label(label, at);
    for (const PlotNote& note : panel.notes) draw_note(note, at);
    out_ += "</g>\n";
  }

  void draw_axes(const Panel& panel, const PanelLayout& at) {
    const double right = at.left + at.width, bottom = at.top + at.height;
    const double middle = at.left + at.width / 2;
    text(middle, at.top - 7, fitted_name(panel.title, at.width, panel_title_size, true),
         "text-anchor=\"middle\" font-weight=\"bold\" font-size=\"" + number(panel_title_size) + "\"",
         printable(panel.title));
    std::string grid;
    if (!panel.is_empty() && panel.cells.empty()) {
      for (const Tick& tick : at.x_ticks) {
        const double x = at.pixel_x(at.x.at(tick.value));
        grid += "M" + pair_text(x, at.top) + "V" + number(bottom);
      }
      for (const Tick& tick : at.y_ticks) {
        const double y = at.pixel_y(at.y.at(tick.value));
        grid += "M" + pair_text(at.left, y) + "H" + number(right);
      }
    }
    if (!grid.empty()) path(grid, coloured("grid") + " stroke=\"currentColor\" fill=\"none\"");
    path("M" + pair_text(at.left, at.top) + "V" + number(bottom) + "H" + number(right),
         coloured("muted") + " stroke=\"currentColor\" fill=\"none\"");
    if (!panel.is_empty()) {
      out_ += "<g text-anchor=\"middle\">\n";
      for (const Tick& tick : at.x_ticks) text(at.pixel_x(at.x.at(tick.value)), bottom + 15, tick.text);
      out_ += "</g>\n<g text-anchor=\"end\">\n";
      for (const Tick& tick : at.y_ticks) text(at.left - 6, at.pixel_y(at.y.at(tick.value)) + 4, tick.text);
      out_ += "</g>\n";
    }
    text(middle, at.x_label_y, fitted_name(panel.x.label, at.width, text_size, false), "text-anchor=\"middle\"",
         printable(panel.x.label));
    const double y_middle = at.top + at.height / 2;
    text(at.y_label_x, y_middle, fitted_name(panel.y.label, at.height, text_size, false),
         "text-anchor=\"middle\" transform=\"rotate(-90 " + pair_text(at.y_label_x, y_middle) + ")\"",
         printable(panel.y.label));
  }

  void draw_cells(const PlotCells& cells, const PanelLayout& at) {
    const std::optional<PlotLimits> range = cell_range(cells);
    for (std::size_t row = 0; row < cells.values.size(); ++row)
      for (std::size_t column = 0; column < cells.values[row].size(); ++column) {
        const double x = static_cast<double>(column), y = static_cast<double>(row), value = cells.values[row][column];
        const double left = at.pixel_x(std::clamp(at.x.at(x - 0.5), 0., 1.)),
                     right = at.pixel_x(std::clamp(at.x.at(x + 0.5), 0., 1.)),
                     top = at.pixel_y(std::clamp(at.y.at(y + 0.5), 0., 1.)),
                     bottom = at.pixel_y(std::clamp(at.y.at(y - 0.5), 0., 1.));
        if (right <= left || bottom <= top) continue;
        const Pixel middle{(left + right) / 2, (top + bottom) / 2};
        if (!std::isfinite(value)) {
          path(cross_path(middle), "stroke=\"currentColor\" stroke-width=\"1.5\" fill=\"none\"");
          continue;
        }
        const Rgb colour = cividis(share_of(value, *range, cells.is_better_high));
        out_ += "<rect x=\"" + number(left) + "\" y=\"" + number(top) + "\" width=\"" + number(right - left) +
                "\" height=\"" + number(bottom - top) + "\" fill=\"#" + hex(colour) + "\"/>\n";
        text(middle.x, middle.y + 4, tick_text(value, 4),
             std::string("text-anchor=\"middle\" fill=\"#") + (wants_white_text(colour) ? "fff" : "000") + "\"");
      }
  }
  static double share_of(double value, const PlotLimits& range, bool is_better_high) {
    const double distance = range.high / 2 - range.low / 2;
    const double share = distance > 0 ? (value / 2 - range.low / 2) / distance : 0.5;
    return is_better_high ? share : 1 - share;
  }

  void draw_band(const PlotBand& band, const PanelLayout& at) {
    std::string outlines;
    for (const FrameRun& outline : visible_band(band, at.x, at.y, most_points)) outlines += run_text(outline, at) + "z";
    if (outlines.empty()) return;
    out_ += series_group(band.series) + ">";
    path(outlines, "fill-opacity=\"0.2\"");
    out_ += "</g>\n";
  }

  static std::string run_text(const FrameRun& run, const PanelLayout& at) {
    std::string text;
    for (const FramePoint& point : run) {
      text += text.empty() ? 'M' : 'L';
      text += pair_text(at.pixel_x(point.x), at.pixel_y(point.y));
    }
    return text;
  }

  void draw_bars(const PlotBars& bars, const PanelLayout& at) {
    out_ +=
        series_group(bars.series) + " stroke=\"currentColor\" fill-opacity=\"0.45\">\n";  // whiskers are seen on them
    const double base = std::clamp(at.y.at(0), 0., 1.);
    for (std::size_t i = 0; i < bars.x.size(); ++i) {
      if (!at.x.has(bars.x[i]) || !at.y.has(bars.y[i])) continue;
      const double left = std::clamp(at.x.at(bars.x[i] - bars.width / 2), 0., 1.),
                   right = std::clamp(at.x.at(bars.x[i] + bars.width / 2), 0., 1.),
                   end = std::clamp(at.y.at(bars.y[i]), 0., 1.);
      if (!(right > left)) continue;
      const double top = at.pixel_y(std::max(base, end));
      out_ += "<rect x=\"" + number(at.pixel_x(left)) + "\" y=\"" + number(top) + "\" width=\"" +
              number((right - left) * at.width) + "\" height=\"" + number(std::abs(end - base) * at.height) + "\"/>\n";
    }
    out_ += "</g>\n";
  }

  void draw_rule(const PlotRule& rule, const PanelLayout& at) {
    const double share = rule.is_vertical ? at.x.at(rule.at) : at.y.at(rule.at);
    if (!(share >= 0 && share <= 1)) return;
    path(rule.is_vertical ? "M" + pair_text(at.pixel_x(share), at.top) + "V" + number(at.top + at.height)
                          : "M" + pair_text(at.left, at.pixel_y(share)) + "H" + number(at.left + at.width),
         coloured("muted") + " stroke=\"currentColor\" stroke-width=\"1.5\" stroke-dasharray=\"6 4\" fill=\"none\"");
  }

  void draw_intervals(const PlotIntervals& intervals, const PanelLayout& at) {
    const Look& look = figure_.series[intervals.series].look;
    const AxisMap &along = intervals.is_horizontal ? at.x : at.y, &across = intervals.is_horizontal ? at.y : at.x;
    const auto pixel = [&](double along_share, double across_share) {
      return intervals.is_horizontal ? Pixel{at.pixel_x(along_share), at.pixel_y(across_share)}
                                     : Pixel{at.pixel_x(across_share), at.pixel_y(along_share)};
    };
    std::string whiskers, marks;
    for (std::size_t i = 0; i < intervals.at.size(); ++i) {
      const double where = across.at(intervals.at[i]);
      if (!(where >= 0 && where <= 1)) continue;
      const double low = along.at(intervals.low[i]), high = along.at(intervals.high[i]);
      if (low <= high && high >= 0 && low <= 1) {
        const Pixel from = pixel(std::max(low, 0.), where), to = pixel(std::min(high, 1.), where);
        whiskers += "M" + pair_text(from.x, from.y) + "L" + pair_text(to.x, to.y);
        for (const auto& [share, end] : {std::pair{low, from}, {high, to}}) {
          if (share < 0 || share > 1) continue;  // it goes on outside
          const double dx = intervals.is_horizontal ? 0 : 4, dy = intervals.is_horizontal ? 4 : 0;
          whiskers += "M" +
                      pair_text(std::clamp(end.x - dx, at.left, at.left + at.width),
                                std::clamp(end.y - dy, at.top, at.top + at.height)) +
                      "L" +
                      pair_text(std::clamp(end.x + dx, at.left, at.left + at.width),
                                std::clamp(end.y + dy, at.top, at.top + at.height));
        }
      }
      const double value = along.at(intervals.value[i]);
      if (along.has(intervals.value[i]) && value >= 0 && value <= 1)
        marks += marker_path(look.marker, pixel(value, where), marker_radius + 1);
    }
    if (whiskers.empty() && marks.empty()) return;
    out_ += series_group(intervals.series) + ">\n";
    if (!whiskers.empty()) path(whiskers, "stroke=\"currentColor\" stroke-width=\"2\" fill=\"none\"");
    if (!marks.empty()) path(marks);
    out_ += "</g>\n";
  }

  void draw_line(const PlotLine& line, const Panel& panel, const PanelLayout& at) {
    const Look& look = figure_.series[line.series].look;
    std::string strokes, marks, crosses;
    for (const FrameRun& run : visible_line(line, at.x, at.y, most_points)) {
      if (run.size() > 1) {
        strokes += run_text(run, at);
      } else {
        marks += marker_path(look.marker, {at.pixel_x(run[0].x), at.pixel_y(run[0].y)}, marker_radius);
      }
    }
    for (const Pixel& place : marker_places(line, at)) marks += marker_path(look.marker, place, marker_radius);
    std::set<Pixel> crossed;
    for (const FramePoint& mark : gap_marks(line, at.x, at.y, panel.bad_edge)) {
      const Pixel place{std::round(at.pixel_x(mark.x)), at.pixel_y(mark.y)};
      if (crossed.insert(place).second) crosses += cross_path(place);
    }
    if (strokes.empty() && marks.empty() && crosses.empty()) return;
    out_ += series_group(line.series) + ">\n";
    if (!strokes.empty())
      path(strokes,
           "stroke=\"currentColor\" stroke-width=\"2\" stroke-linejoin=\"round\" fill=\"none\"" + dashes(look.dash));
    if (!marks.empty()) path(marks);
    if (!crosses.empty()) path(crosses, "stroke=\"currentColor\" stroke-width=\"2\" fill=\"none\"");
    out_ += "</g>\n";
  }
  /// A few of the line's own points, at other ones for each series.
  std::vector<Pixel> marker_places(const PlotLine& line, const PanelLayout& at) const {
    std::vector<Pixel> inside;
    for (std::size_t i = 0; i < line.x.size(); ++i) {
      const double x = at.x.at(line.x[i]), y = at.y.at(line.y[i]);
      if (at.x.has(line.x[i]) && at.y.has(line.y[i]) && x >= 0 && x <= 1 && y >= 0 && y <= 1)
        inside.push_back({at.pixel_x(x), at.pixel_y(y)});
    }
    const std::size_t stride = (inside.size() + markers_a_line - 1) / markers_a_line;
    std::vector<Pixel> places;
    for (std::size_t i = stride > 1 ? line.series * (stride / 3 + 1) % stride : 0; i < inside.size(); i += stride)
      places.push_back(inside[i]);
    return places;
  }

  void draw_points(const PlotPoints& points, const Panel& panel, const PanelLayout& at) {
    const Look& look = figure_.series[points.series].look;
    const double radius = points.is_small ? seed_radius : marker_radius;
    std::set<Pixel> seen;
    std::string marks, crosses, beyond;
    for (std::size_t i = 0; i < points.x.size(); ++i) {
      if (!at.x.has(points.x[i])) continue;
      const double x = at.x.at(points.x[i]);
      const bool has_place = at.y.has(points.y[i]);
      const double y = has_place ? at.y.at(points.y[i]) : edge_of(points.y[i], panel.bad_edge);
      Pixel place{at.pixel_x(std::clamp(x, 0., 1.)), at.pixel_y(std::clamp(y, 0., 1.))};
      if (points.x.size() > many_points) {
        place = {std::round(place.x), std::round(place.y)};
        place = {std::clamp(place.x, at.left, at.left + at.width), std::clamp(place.y, at.top, at.top + at.height)};
      }
      if (!seen.insert(place).second) continue;
      if (!has_place) {
        if (x >= 0 && x <= 1) crosses += cross_path(place);
      } else if (x < 0 || x > 1 || y < 0 || y > 1) {
        beyond += beyond_path(place, x, y);
      } else {
        marks += marker_path(look.marker, place, radius);
      }
    }
    if (marks.empty() && crosses.empty() && beyond.empty()) return;
    out_ += series_group(points.series) + ">\n";
    if (!marks.empty()) path(marks, points.is_small ? "fill-opacity=\"0.65\"" : "");
    if (!crosses.empty()) path(crosses, "stroke=\"currentColor\" stroke-width=\"2\" fill=\"none\"");
    if (!beyond.empty()) path(beyond);
    out_ += "</g>\n";
  }

  void draw_line_label(const LineLabel& label, const PanelLayout& at) {
    const double x = at.left + at.width + 20;
    const Series& one = figure_.series[label.series];
    // Thin, and not the line's own colour and dash: it is no data.
    path("M" + pair_text(label.from_x + 4, label.from_y) + "L" + pair_text(x - 12, label.y - 4),
         coloured("muted") + " stroke=\"currentColor\" stroke-width=\"0.75\" stroke-dasharray=\"1 3\" fill=\"none\"");
    out_ += "<g " + coloured(named_colour(one.look.colour)) + ">";  // beside the frame, where lines end at one place
    path(marker_path(one.look.marker, {x - 7, label.y - 4}, marker_radius));
    out_ += "</g>\n";
    text(x, label.y, shown_name(one.name, longest_label), "", printable(one.name));
  }

  void draw_note(const PlotNote& note, const PanelLayout& at) {
    const double x = at.x.at(note.x), y = at.y.at(note.y);
    if (!at.x.has(note.x) || !at.y.has(note.y) || x < 0 || x > 1 || y < 0 || y > 1) return;
    text(at.pixel_x(x), std::max(at.pixel_y(y), at.top + text_size),
         fitted_name(note.text, std::max(x, 1 - x) * at.width, text_size, false), x > 0.5 ? "text-anchor=\"end\"" : "",
         printable(note.text));
  }

  void draw_legend() {
    if (layout_.legend.empty()) return;
    std::vector<bool> has_line(figure_.series.size());
    for (const Panel& panel : figure_.panels)
      for (const PlotLine& line : panel.lines) has_line[line.series] = true;
    out_ += "<g data-legend=\"\">\n";
    for (const LegendEntry& entry : layout_.legend) {
      const Pixel middle{entry.x + sample_width / 2, entry.y - 4};
      const std::string stroke = "M" + pair_text(entry.x, middle.y) + "h" + number(sample_width);
      double words_x = entry.x + sample_width + 6;
      switch (entry.kind) {
        case LegendEntry::Kind::series: {
          const Look& look = figure_.series[entry.series].look;
          out_ += series_group(entry.series) + ">";
          if (has_line[entry.series])
            path(stroke, "stroke=\"currentColor\" stroke-width=\"2\" fill=\"none\"" + dashes(look.dash));
          path(marker_path(look.marker, middle, marker_radius));
          out_ += "</g>\n";
          break;
        }
        case LegendEntry::Kind::rule:
          path(stroke, coloured("muted") +
                           " stroke=\"currentColor\" stroke-width=\"1.5\" stroke-dasharray=\"6 4\" fill=\"none\"");
          break;
        case LegendEntry::Kind::cross:
          path(cross_path(middle), "stroke=\"currentColor\" stroke-width=\"2\" fill=\"none\"");
          break;
        case LegendEntry::Kind::colours:
          for (int i = 0; i < 10; ++i)
            out_ += "<rect x=\"" + number(entry.x + 8 * i) + "\" y=\"" + number(entry.y - 9) +
                    "\" width=\"8\" height=\"10\" fill=\"#" + hex(cividis(i / 9.)) + "\"/>\n";
          words_x = entry.x + 86;
          break;
      }
      text(words_x, entry.y, entry.text, "", printable(entry.full_text));
    }
    out_ += "</g>\n";
  }

  const Figure& figure_;
  const SvgOptions& options_;
  SvgLayout layout_;
  std::string out_;
};

std::string variables(bool is_dark) {
  std::string text = "{";
  for (const NamedColour& colour : named_colours)
    text += "--deepobs-" + std::string(colour.name) + ":#" + hex(is_dark ? colour.dark : colour.light) + ";";
  return text + "}\n";
}

}  // namespace

std::string svg_text(const Figure& figure, const SvgOptions& options) {
  require_whole(figure);
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  require(!options.id.empty() && is_letter(options.id[0]) &&
              std::all_of(options.id.begin(), options.id.end(),
                          [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_'; }),
          Fault::usage, "the id of a figure is a letter and then letters, digits, - and _; ", printable(options.id),
          " came");
  return SvgWriter(figure, options).write();
}

std::string svg_style_sheet() {
  std::string text = ".deepobs-figure" + variables(false);
  text += "@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]) .deepobs-figure," +
          std::string(":root.deepobs-figure") + variables(true) + "}\n";
  text += "@media screen{:root[data-theme=dark] .deepobs-figure" + variables(true) + "}\n";
  text += ".deepobs-figure{color:var(--deepobs-ink)}\n";
  for (const NamedColour& colour : named_colours) {
    const std::string name(colour.name);
    text += ".deepobs-figure ." + name + "{color:var(--deepobs-" + name + ")}\n";
  }
  return text;
}

}  // namespace deepobs
