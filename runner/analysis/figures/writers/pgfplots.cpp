#include "runner/analysis/figures/writers/pgfplots.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/base/printable.h"
#include "runner/analysis/figures/model/axis_map.h"
#include "runner/analysis/figures/model/ticks.h"
#include "runner/analysis/figures/model/visible.h"
#include "runner/analysis/figures/writers/colours.h"
#include "runner/analysis/figures/writers/foreign_words.h"
#include "runner/analysis/figures/writers/markers.h"

namespace deepobs {
namespace {

std::string latex_words(const std::string& text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '\\':
        out += "\\textbackslash{}";
        break;
      case '^':
        out += "\\textasciicircum{}";
        break;
      case '~':
        out += "\\textasciitilde{}";
        break;
      case '<':
      case '>':
      case '|':  // other letters in LaTeX's first encoding
        out += std::string("\\ensuremath{") + c + "}";
        break;
      case '"':
        out += "{''}";
        break;
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}':
        out += '\\';
        [[fallthrough]];
      default:
        out += c;
    }
  }
  return out;
}

/// The shortest digits that give the same double again.
std::string number(double value) {
  if (!std::isfinite(value)) return "nan";
  char text[40];
  const auto written = std::to_chars(text, text + sizeof text, value);
  return {text, static_cast<std::size_t>(written.ptr - text)};
}

std::string mark_name(Marker marker) {
  switch (marker) {
    case Marker::circle:
      return "*";
    case Marker::square:
      return "square*";
    case Marker::triangle:
      return "triangle*";
    case Marker::diamond:
      return "diamond*";
    case Marker::triangle_down:
      return "triangle*, every mark/.append style={rotate=180}";
    case Marker::plus:
      return "+";
    case Marker::hexagon:
      return "otimes*";
    case Marker::star:
      return "star";
    case Marker::triangle_left:
      return "triangle*, every mark/.append style={rotate=90}";
    case Marker::triangle_right:
      return "triangle*, every mark/.append style={rotate=270}";
  }
  return "*";
}

class PgfplotsWriter {
 public:
  PgfplotsWriter(const Figure& figure, const PgfplotsOptions& options) : figure_(figure), options_(options) {}

  std::string write() {
    begin();
    for (std::size_t i = 0; i < figure_.panels.size(); ++i) write_panel(figure_.panels[i], i == 0);
    out_ += "\\end{groupplot}\n\\end{tikzpicture}\n";
    if (options_.is_document) out_ += "\\end{document}\n";
    return std::move(out_);
  }

 private:
  static std::string style_of(SeriesIndex series) { return "series" + std::to_string(series); }

  void comment(const std::string& words) {
    const std::string lines = wrapped(printable(words), 64);
    for (std::size_t begin = 0; begin < lines.size();) {
      const std::size_t end = std::min(lines.find('\n', begin), lines.size());
      out_ += "% " + lines.substr(begin, end - begin) + "\n";
      begin = end + 1;
    }
  }

  void begin() {
    comment(figure_.title);
    comment(figure_.description);
    if (options_.is_document) {
      out_ +=
          "\\documentclass[tikz]{standalone}\n\\usepackage{pgfplots}\n\\usepgfplotslibrary{groupplots}\n"
          "\\pgfplotsset{compat=1.16}\n\\begin{document}\n";
    } else {
      out_ += "% \\usepackage{pgfplots} \\usepgfplotslibrary{groupplots} \\pgfplotsset{compat=1.16}\n";
    }
    out_ += "\\begin{tikzpicture}\n";
    const std::vector<SeriesIndex> used = used_series(figure_);
    std::vector<std::string> defined;
    for (const SeriesIndex i : used) {
      const NamedColour& colour = named_colour(figure_.series[i].look.colour);
      const std::string name(colour.name);
      if (std::find(defined.begin(), defined.end(), name) != defined.end()) continue;
      defined.push_back(name);
      out_ += "\\definecolor{" + name + "}{HTML}{" + upper(hex(colour.light)) + "}\n";
    }
    for (const SeriesIndex i : used) {
      const Look& look = figure_.series[i].look;
      out_ += "\\pgfplotsset{" + style_of(i) + "/.style={color=" + std::string(named_colour(look.colour).name) +
              ", mark=" + mark_name(look.marker) + ", mark size=1.5pt, mark options={solid}, line width=1pt" +
              dash_text(look.dash) + "}} % " + printable(figure_.series[i].name) + "\n";
    }
    const std::size_t columns = std::min(figure_.columns, figure_.panels.size()),
                      rows = (figure_.panels.size() + columns - 1) / columns;
    const bool is_one = columns == 1;
    out_ +=
        "\\begin{groupplot}[\n  group style={group size=" + std::to_string(columns) + " by " + std::to_string(rows) +
        ", horizontal sep=1.3cm, vertical sep=1.3cm},\n  scale only axis, width=" +
        (is_one ? "9cm, height=5.5cm" : "4cm, height=2.8cm") +
        ",\n  grid=major, grid style={black!12}, axis lines=left, unbounded coords=jump, scaled ticks=false,\n"
        "  tick label style={font=\\footnotesize}, label style={font=\\small}, title style={font=\\small\\bfseries},\n"
        "  legend style={at={(0,1)}, anchor=south west, yshift=7mm, draw=none, font=\\footnotesize, "
        "cells={anchor=west}, /tikz/every even column/.append style={column sep=3mm}},\n"
        "  legend columns=3\n]\n";
  }
  static std::string upper(std::string text) {
    for (char& c : text)
      if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
    return text;
  }
  static std::string dash_text(Dash dash) {
    std::string text;
    bool is_on = true;
    for (const double length : dash_lengths(dash)) {
      text += std::string(is_on ? " on " : " off ") + tick_text(length * 1.5) + "pt";
      is_on = !is_on;
    }
    return text.empty() ? "" : ", dash pattern=" + text.substr(1);
  }

  void write_panel(const Panel& panel, bool has_legend) {
    const AxisMap x = x_map(panel), y = y_map(panel);
    out_ += "\\nextgroupplot[";
    if (!panel.title.empty()) out_ += "title={" + latex_words(panel.title) + "}, ";
    write_axis("x", panel.x, x);
    write_axis("y", panel.y, y);
    if (!panel.cells.empty()) write_colours(panel.cells[0]);
    if (panel.is_empty()) out_ += "xtick=\\empty, ytick=\\empty, ";
    out_ += "clip mode=individual]\n";
    if (has_legend) write_legend();
    if (panel.is_empty()) {
      out_ += "\\node[font=\\small\\itshape] at (rel axis cs:0.5,0.5) {" +
              latex_words(panel.empty_text.empty() ? "no data" : panel.empty_text) + "};\n";
    }
    for (const PlotCells& cells : panel.cells) write_cells(cells);
    for (const PlotBand& band : panel.bands) write_band(band, x, y);
    for (const PlotBars& bars : panel.bars) {
      begin_plot("ybar, draw=none, fill, mark=none, bar width=" + number(bars.width), bars.series);
      write_rows(bars.x, bars.y, x, y);
    }
    for (const PlotRule& rule : panel.rules) write_rule(rule, x, y);
    for (const PlotIntervals& one : panel.intervals) write_intervals(one, x, y);
    for (const PlotLine& line : panel.lines) {
      const std::size_t repeat = std::max<std::size_t>(line.x.size() / 8, 1);
      begin_plot((line.is_step ? "const plot, mark repeat=" : "mark repeat=") + std::to_string(repeat), line.series);
      write_rows(line.x, line.y, x, y);
      write_crosses(gap_marks(line, x, y, panel.bad_edge), line.series);
    }
    for (const PlotPoints& points : panel.points) write_points(points, panel.bad_edge, x, y);
    for (const PlotNote& note : panel.notes)
      if (x.has(note.x) && y.has(note.y))
        out_ += "\\node[font=\\footnotesize] at (axis cs:" + number(note.x) + "," + number(note.y) + ") {" +
                latex_words(note.text) + "};\n";
  }

  void write_axis(const std::string& name, const PlotAxis& axis, const AxisMap& map) {
    if (!axis.label.empty()) out_ += name + "label={" + latex_words(axis.label) + "}, ";
    if (axis.scale == PlotScale::logarithmic) out_ += name + "mode=log, ";
    out_ += name + "min=" + number(map.limits().low) + ", " + name + "max=" + number(map.limits().high) + ", ";
    if (axis.names.empty()) return;
    std::string at, words;
    for (const AxisName& one : axis.names) {
      if (!map.has(one.at)) continue;
      at += (at.empty() ? "" : ",") + number(one.at);
      words += (words.empty() ? "{" : ",{") + latex_words(one.text) + "}";
    }
    out_ += name + "tick={" + at + "}, " + name + "ticklabels={" + words + "}, ";
  }

  void write_legend() {
    for (const SeriesIndex i : used_series(figure_)) {
      out_ += "\\addlegendimage{" + style_of(i) + "}\n\\addlegendentry{" + latex_words(figure_.series[i].name) + "}\n";
    }
    for (const std::string& label : rule_labels(figure_))
      out_ += "\\addlegendimage{black!60, dashed}\n\\addlegendentry{" + latex_words(label) + "}\n";
  }

  void begin_plot(const std::string& style, SeriesIndex series) {
    out_ += "\\addplot[" + style_of(series) + ", " + style + ", forget plot] table {\n";
  }
  void write_rows(const std::vector<double>& xs, const std::vector<double>& ys, const AxisMap& x, const AxisMap& y) {
    out_ += "x y\n";
    for (std::size_t i = 0; i < xs.size(); ++i)
      out_ += (x.has(xs[i]) ? number(xs[i]) : "nan") + " " + (y.has(ys[i]) ? number(ys[i]) : "nan") + "\n";
    out_ += "};\n";
  }

  void write_crosses(const std::vector<FramePoint>& marks, SeriesIndex series) {
    for (const FramePoint& mark : marks)
      out_ += "\\node[" + std::string(named_colour(figure_.series[series].look.colour).name) +
              ", font=\\bfseries] at (rel axis cs:" + tick_text(mark.x, 5) + "," + tick_text(mark.y) +
              ") {\\ensuremath{\\times}};\n";
  }

  void write_points(const PlotPoints& points, Edge bad_edge, const AxisMap& x, const AxisMap& y) {
    begin_plot(std::string("only marks") + (points.is_small ? ", mark size=1pt, opacity=0.65" : ""), points.series);
    write_rows(points.x, points.y, x, y);
    std::vector<FramePoint> marks;
    for (std::size_t i = 0; i < points.x.size(); ++i) {
      const double at = x.has(points.x[i]) ? x.at(points.x[i]) : -1;
      if (!y.has(points.y[i]) && at >= 0 && at <= 1) marks.push_back({at, edge_of(points.y[i], bad_edge)});
    }
    const auto same = [](const FramePoint& a, const FramePoint& b) { return a.x == b.x && a.y == b.y; };
    marks.erase(std::unique(marks.begin(), marks.end(), same), marks.end());  // seeds of one setting
    write_crosses(marks, points.series);
  }

  /// The outline, there and back. An edge that has no place is drawn at the limit of the axis.
  void write_band(const PlotBand& band, const AxisMap& x, const AxisMap& y) {
    const auto inside = [&](double value) {
      return y.has(value) ? value : value > 0 ? y.limits().high : y.limits().low;
    };
    const auto has_place = [&](std::size_t i) {
      return x.has(band.x[i]) && !std::isnan(band.low[i]) && !std::isnan(band.high[i]);
    };
    for (std::size_t begin = 0; begin < band.x.size();) {
      std::size_t end = begin;
      while (end < band.x.size() && has_place(end)) ++end;
      if (end > begin) {
        begin_plot("draw=none, mark=none, fill, fill opacity=0.2", band.series);
        out_ += "x y\n";
        for (std::size_t i = begin; i < end; ++i) {
          if (band.is_step && i > begin) out_ += number(band.x[i]) + " " + number(inside(band.low[i - 1])) + "\n";
          out_ += number(band.x[i]) + " " + number(inside(band.low[i])) + "\n";
        }
        for (std::size_t i = end; i-- > begin;) {
          out_ += number(band.x[i]) + " " + number(inside(band.high[i])) + "\n";
          if (band.is_step && i > begin) out_ += number(band.x[i]) + " " + number(inside(band.high[i - 1])) + "\n";
        }
        out_ += "} \\closedcycle;\n";
      }
      begin = std::max(end, begin + 1);
    }
  }

  void write_rule(const PlotRule& rule, const AxisMap& x, const AxisMap& y) {
    const AxisMap& map = rule.is_vertical ? x : y;
    if (!map.has(rule.at) || map.at(rule.at) < 0 || map.at(rule.at) > 1) return;
    const AxisMap& other = rule.is_vertical ? y : x;
    out_ += "\\addplot[black!60, dashed, mark=none, forget plot] table {\nx y\n";
    for (const double end : {other.limits().low, other.limits().high})
      out_ +=
          rule.is_vertical ? number(rule.at) + " " + number(end) + "\n" : number(end) + " " + number(rule.at) + "\n";
    out_ += "};\n";
  }

  void write_intervals(const PlotIntervals& one, const AxisMap& x, const AxisMap& y) {
    const std::string way = one.is_horizontal ? "x" : "y";
    const AxisMap &along = one.is_horizontal ? x : y, &across = one.is_horizontal ? y : x;
    out_ += "\\addplot[" + style_of(one.series) + ", only marks, error bars/.cd, " + way + " dir=both, " + way +
            " explicit, error bar style={solid, line width=1pt}, /pgfplots/.cd, forget plot] table[x=x, y=y, " + way +
            " error minus=minus, " + way + " error plus=plus] {\nx y minus plus\n";
    for (std::size_t i = 0; i < one.at.size(); ++i) {
      if (!across.has(one.at[i]) || !along.has(one.value[i])) continue;
      const double minus = one.value[i] - one.low[i], plus = one.high[i] - one.value[i];
      out_ += one.is_horizontal ? number(one.value[i]) + " " + number(one.at[i])
                                : number(one.at[i]) + " " + number(one.value[i]);
      out_ +=
          " " + (std::isfinite(minus) ? number(minus) : "0") + " " + (std::isfinite(plus) ? number(plus) : "0") + "\n";
    }
    out_ += "};\n";
  }

  void write_colours(const PlotCells& cells) {
    out_ += "colormap={cividis}{";
    for (int i = 0; i < 10; ++i) {
      const Rgb colour = cividis(cells.is_better_high ? i / 9. : 1 - i / 9.);
      out_ += (i == 0 ? "rgb255=(" : " rgb255=(") + std::to_string(colour.red) + "," + std::to_string(colour.green) +
              "," + std::to_string(colour.blue) + ")";
    }
    out_ += "}, colorbar, colorbar style={axis lines=box, yticklabel pos=right, ylabel={" + latex_words(cells.label) +
            "}}, grid=none, ";
  }
  void write_cells(const PlotCells& cells) {
    if (cells.values.empty() || cells.values[0].empty()) return;
    out_ += "\\addplot[matrix plot*, mesh/cols=" + std::to_string(cells.values[0].size()) +
            ", point meta=explicit, forget plot] table[meta=value] {\nx y value\n";
    std::string words;
    for (std::size_t row = 0; row < cells.values.size(); ++row)
      for (std::size_t column = 0; column < cells.values[row].size(); ++column) {
        const double value = cells.values[row][column];
        out_ += std::to_string(column) + " " + std::to_string(row) + " " + number(value) + "\n";
        // The numbers stand on white, so that they are read on every colour.
        words += "\\node[font=\\scriptsize, fill=white, fill opacity=0.7, text opacity=1, inner sep=1pt] at (axis cs:" +
                 std::to_string(column) + "," + std::to_string(row) + ") {" +
                 (std::isfinite(value) ? tick_text(value, 4) : "\\ensuremath{\\times}") + "};\n";
      }
    out_ += "};\n" + words;
  }

  const Figure& figure_;
  const PgfplotsOptions& options_;
  std::string out_;
};

}  // namespace

std::string pgfplots_text(const Figure& figure, const PgfplotsOptions& options) {
  require_whole(figure);
  return PgfplotsWriter(figure, options).write();
}

}  // namespace deepobs
