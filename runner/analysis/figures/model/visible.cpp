#include "runner/analysis/figures/model/visible.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace deepobs {
namespace {

/// The points of a line between two gaps, which the frame may cut.
FrameRun mapped(const PlotLine& line, std::size_t begin, std::size_t end, const AxisMap& x, const AxisMap& y) {
  FrameRun run;
  for (std::size_t i = begin; i < end; ++i) {
    const FramePoint point{x.at(line.x[i]), y.at(line.y[i])};
    if (line.is_step && !run.empty()) run.push_back({point.x, run.back().y});
    run.push_back(point);
  }
  return run;
}

/// The smallest and the largest y of each bucket, in their order, and both ends.
FrameRun bucketed(const FrameRun& run, std::size_t most) {
  if (most == 0 || run.size() <= most) return run;
  const std::size_t buckets = std::max<std::size_t>(most / 2, 2) - 1, inner = run.size() - 2;
  FrameRun kept{run.front()};
  for (std::size_t b = 0; b < buckets; ++b) {
    const auto begin = run.begin() + 1 + static_cast<std::ptrdiff_t>(inner * b / buckets),
               end = run.begin() + 1 + static_cast<std::ptrdiff_t>(inner * (b + 1) / buckets);
    if (begin == end) continue;
    auto [low, high] =
        std::minmax_element(begin, end, [](const FramePoint& one, const FramePoint& other) { return one.y < other.y; });
    if (high < low) std::swap(low, high);
    kept.push_back(*low);
    if (high != low) kept.push_back(*high);
  }
  kept.push_back(run.back());
  return kept;
}

bool is_inside(const FramePoint& p) { return p.x >= 0 && p.x <= 1 && p.y >= 0 && p.y <= 1; }

FramePoint in_frame(const FramePoint& p) { return {std::clamp(p.x, 0., 1.), std::clamp(p.y, 0., 1.)}; }

/// Cuts a piece of a line at the frame; false where nothing is inside. Source: Liang, Barsky, 1984.
bool cut(FramePoint& from, FramePoint& to) {
  const double dx = to.x - from.x, dy = to.y - from.y;
  double enter = 0, leave = 1;
  for (const auto& [slope, room] : {std::pair{-dx, from.x}, {dx, 1 - from.x}, {-dy, from.y}, {dy, 1 - from.y}}) {
    if (slope == 0) {
      if (room < 0) return false;
      continue;
    }
    const double share = room / slope;
    if (slope < 0) {
      enter = std::max(enter, share);
    } else {
      leave = std::min(leave, share);
    }
  }
  if (enter > leave) return false;
  const FramePoint start = from;
  if (enter > 0) from = in_frame({start.x + enter * dx, start.y + enter * dy});
  if (leave < 1) to = in_frame({start.x + leave * dx, start.y + leave * dy});
  return true;
}

void add_visible(const FrameRun& run, std::vector<FrameRun>& runs) {
  if (run.size() == 1 && is_inside(run[0])) runs.push_back(run);
  bool goes_on = false;  // the last piece ended inside, where this one begins
  for (std::size_t i = 1; i < run.size(); ++i) {
    FramePoint from = run[i - 1], to = run[i];
    if (!cut(from, to)) {
      goes_on = false;
      continue;
    }
    if (!goes_on) runs.push_back({from});
    runs.back().push_back(to);
    goes_on = is_inside(run[i]);
  }
}

/// Keeps what is on the inner side of one edge. Source: Sutherland, Hodgman, 1974.
template <class Distance>
FrameRun cut_at_edge(const FrameRun& outline, Distance distance) {
  FrameRun kept;
  for (std::size_t i = 0; i < outline.size(); ++i) {
    const FramePoint &from = outline[i], &to = outline[(i + 1) % outline.size()];
    const double a = distance(from), b = distance(to);  // positive inside
    if (a >= 0) kept.push_back(from);
    if ((a < 0) != (b < 0)) {
      const double share = a / (a - b);
      kept.push_back({from.x + share * (to.x - from.x), from.y + share * (to.y - from.y)});
    }
  }
  return kept;
}

FrameRun cut_outline(FrameRun outline) {
  outline = cut_at_edge(outline, [](const FramePoint& p) { return p.x; });
  outline = cut_at_edge(outline, [](const FramePoint& p) { return 1 - p.x; });
  outline = cut_at_edge(outline, [](const FramePoint& p) { return p.y; });
  outline = cut_at_edge(outline, [](const FramePoint& p) { return 1 - p.y; });
  for (FramePoint& point : outline) point = in_frame(point);
  return outline;
}

struct BandPoint {
  double x, low, high;
};

std::vector<BandPoint> bucketed(const std::vector<BandPoint>& points, std::size_t most) {
  if (most == 0 || points.size() <= most) return points;
  const std::size_t buckets = std::max<std::size_t>(most / 2, 1);
  std::vector<BandPoint> kept;
  for (std::size_t b = 0; b < buckets; ++b) {
    const std::size_t begin = points.size() * b / buckets, end = points.size() * (b + 1) / buckets;
    BandPoint all = points[begin];
    for (std::size_t i = begin; i < end; ++i) {
      all.low = std::min(all.low, points[i].low);
      all.high = std::max(all.high, points[i].high);
    }
    kept.push_back(all);
    kept.push_back({points[end - 1].x, all.low, all.high});
  }
  return kept;
}

/// Calls `take` with the beginning and end of each part in which all have a place.
template <class HasPlace, class Take>
void for_each_part(std::size_t size, HasPlace has_place, Take take) {
  for (std::size_t begin = 0; begin < size;) {
    std::size_t end = begin;
    while (end < size && has_place(end)) ++end;
    if (end > begin) take(begin, end);
    begin = std::max(end, begin + 1);
  }
}

}  // namespace

std::vector<FrameRun> visible_line(const PlotLine& line, const AxisMap& x, const AxisMap& y, std::size_t most) {
  std::vector<FrameRun> runs;
  for_each_part(
      line.x.size(), [&](std::size_t i) { return x.has(line.x[i]) && y.has(line.y[i]); },
      [&](std::size_t begin, std::size_t end) { add_visible(bucketed(mapped(line, begin, end, x, y), most), runs); });
  return runs;
}

std::vector<FrameRun> visible_band(const PlotBand& band, const AxisMap& x, const AxisMap& y, std::size_t most) {
  std::vector<FrameRun> outlines;
  const auto has_place = [&](std::size_t i) {
    return x.has(band.x[i]) && !std::isnan(band.low[i]) && !std::isnan(band.high[i]);
  };
  for_each_part(band.x.size(), has_place, [&](std::size_t begin, std::size_t end) {
    std::vector<BandPoint> points;
    for (std::size_t i = begin; i < end; ++i) {
      const BandPoint point{x.at(band.x[i]), y.at(band.low[i]), y.at(band.high[i])};
      if (band.is_step && !points.empty()) points.push_back({point.x, points.back().low, points.back().high});
      points.push_back(point);
    }
    points = bucketed(points, most);
    FrameRun outline;
    for (const BandPoint& point : points) outline.push_back({point.x, point.low});
    for (auto point = points.rbegin(); point != points.rend(); ++point) outline.push_back({point->x, point->high});
    outline = cut_outline(std::move(outline));
    if (outline.size() > 2) outlines.push_back(std::move(outline));
  });
  return outlines;
}

double edge_of(double value, Edge bad_edge) {
  if (std::isnan(value)) return bad_edge == Edge::upper ? 1 : 0;
  return value > 0 ? 1 : 0;
}

std::vector<FramePoint> gap_marks(const PlotLine& line, const AxisMap& x, const AxisMap& y, Edge bad_edge) {
  std::vector<FramePoint> marks;
  bool was_there = true;
  for (std::size_t i = 0; i < line.x.size(); ++i) {
    const bool is_there = y.has(line.y[i]);
    const double at = x.has(line.x[i]) ? x.at(line.x[i]) : -1;
    if (!is_there && was_there && at >= 0 && at <= 1) marks.push_back({at, edge_of(line.y[i], bad_edge)});
    was_there = is_there;
  }
  return marks;
}

}  // namespace deepobs
