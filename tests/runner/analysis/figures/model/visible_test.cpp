#include "runner/analysis/figures/model/visible.h"

#include <algorithm>
#include <cmath>

#include "tests/error_of.h"

namespace deepobs::test {
namespace {

const AxisMap unit(PlotScale::linear, {0, 1});
const double nan = std::nan("");

void check_runs(const std::vector<FrameRun>& actual, const std::vector<FrameRun>& expected) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    REQUIRE(actual[i].size() == expected[i].size());
    for (std::size_t k = 0; k < actual[i].size(); ++k) {
      INFO("run ", i, ", point ", k);
      CHECK(actual[i][k].x == doctest::Approx(expected[i][k].x));
      CHECK(actual[i][k].y == doctest::Approx(expected[i][k].y));
    }
  }
}

TEST_CASE("visible: a line has gaps, leaves the frame where it does, and comes back where it does") {
  check_runs(visible_line({0, {0, 0.5, 1}, {0.5, 1.5, 0.5}}, unit, unit, 0),
             {{{0, 0.5}, {0.25, 1}}, {{0.75, 1}, {1, 0.5}}});
  check_runs(visible_line({0, {0, 0.25, 0.5, 0.75, 1}, {0, 1, nan, 0.5, INFINITY}}, unit, unit, 0),
             {{{0, 0}, {0.25, 1}}, {{0.75, 0.5}}});
  check_runs(visible_line({0, {-1, 2}, {-1, 2}}, unit, unit, 0), {{{0, 0}, {1, 1}}});
  check_runs(visible_line({0, {0, 1}, {2, 3}}, unit, unit, 0), {});
  check_runs(visible_line({0, {0, 0.5, 1}, {0, 1, 0}, true}, unit, unit, 0),
             {{{0, 0}, {0.5, 0}, {0.5, 1}, {1, 1}, {1, 0}}});
  const AxisMap decades(PlotScale::logarithmic, {1, 100});
  check_runs(visible_line({0, {0, 0.5, 0.75, 1}, {10, 0, 1, 100}}, unit, decades, 0),
             {{{0, 0.5}}, {{0.75, 0}, {1, 1}}});
}

TEST_CASE("visible: one mark a gap, at the edge where the value would be") {
  const auto marks = [](std::vector<double> y, const AxisMap& map, Edge bad) {
    std::vector<double> x, all;
    for (std::size_t i = 0; i < y.size(); ++i) x.push_back(static_cast<double>(i) / 10);
    for (const FramePoint& mark : gap_marks({0, x, y}, unit, map, bad)) {
      all.push_back(mark.x);
      all.push_back(mark.y);
    }
    return all;
  };
  CHECK(marks({1, nan, nan, 1, INFINITY, 1, -INFINITY}, unit, Edge::upper) ==
        std::vector<double>{0.1, 1, 0.4, 1, 0.6, 0});
  CHECK(marks({nan, 1}, unit, Edge::lower) == std::vector<double>{0, 0});
  CHECK(marks({1, 0, 1}, AxisMap(PlotScale::logarithmic, {0.1, 10}), Edge::upper) == std::vector<double>{0.1, 0});
}

TEST_CASE("visible: a band is cut at the frame, and infinite edges leave it") {
  check_runs(visible_band({0, {0, 1}, {0.25, 0.25}, {0.5, 0.5}}, unit, unit, 0),
             {{{0, 0.25}, {1, 0.25}, {1, 0.5}, {0, 0.5}}});
  const auto outlines = visible_band({0, {0, 0.5, 1}, {-INFINITY, 0.25, nan}, {INFINITY, 0.75, 1}}, unit, unit, 0);
  REQUIRE(outlines.size() == 1);
  for (const FramePoint& point : outlines[0]) CHECK((point.x >= 0 && point.x <= 1 && point.y >= 0 && point.y <= 1));
  CHECK(std::any_of(outlines[0].begin(), outlines[0].end(), [](const FramePoint& p) { return p.x == 0 && p.y == 0; }));
  CHECK(std::any_of(outlines[0].begin(), outlines[0].end(), [](const FramePoint& p) { return p.x == 0 && p.y == 1; }));
  check_runs(visible_band({0, {0, 1}, {2, 2}, {3, 3}}, unit, unit, 0), {});
}

TEST_CASE("visible: buckets keep spikes, both ends, and the order") {
  PlotLine line;
  for (int i = 0; i < 100000; ++i) {
    line.x.push_back(i / 99999.);
    line.y.push_back(i == 31337 ? 1 : i == 77777 ? 0 : 0.5);
  }
  const std::vector<FrameRun> runs = visible_line(line, unit, unit, most_points);
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].size() <= most_points);
  CHECK(runs[0].front().x == 0);
  CHECK(runs[0].back().x == 1);
  const auto spike = std::find_if(runs[0].begin(), runs[0].end(), [](const FramePoint& p) { return p.y == 1; });
  REQUIRE(spike != runs[0].end());
  CHECK(spike->x == doctest::Approx(31337 / 99999.));
  CHECK(std::any_of(runs[0].begin(), runs[0].end(), [](const FramePoint& p) { return p.y == 0; }));
  CHECK(std::is_sorted(runs[0].begin(), runs[0].end(),
                       [](const FramePoint& a, const FramePoint& b) { return a.x < b.x; }));
  PlotBand band{.x = line.x, .low = line.y, .high = line.y};
  const std::vector<FrameRun> outlines = visible_band(band, unit, unit, most_points);
  REQUIRE(outlines.size() == 1);
  CHECK(outlines[0].size() <= 2 * most_points);
  CHECK(std::any_of(outlines[0].begin(), outlines[0].end(), [](const FramePoint& p) { return p.y == 1; }));
}

}  // namespace
}  // namespace deepobs::test
