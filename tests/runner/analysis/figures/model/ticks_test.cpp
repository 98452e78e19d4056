#include "runner/analysis/figures/model/ticks.h"

#include <cmath>
#include <random>
#include <set>

#include "runner/analysis/figures/model/axis_map.h"
#include "tests/error_of.h"

namespace deepobs::test {
namespace {

std::string texts(PlotScale scale, double low, double high, std::size_t most) {
  std::string all;
  for (const Tick& tick : round_ticks(scale, {low, high}, most)) all += (all.empty() ? "" : " ") + tick.text;
  return all;
}

TEST_CASE("ticks: round numbers inside the limits") {
  CHECK(texts(PlotScale::linear, 0, 1, 6) == "0 0.2 0.4 0.6 0.8 1");
  CHECK(texts(PlotScale::linear, 0, 1, 5) == "0 0.5 1");
  CHECK(texts(PlotScale::linear, 0.89, 0.931, 5) == "0.89 0.9 0.91 0.92 0.93");
  CHECK(texts(PlotScale::linear, -3, 7, 5) == "-2 0 2 4 6");
  CHECK(texts(PlotScale::linear, 0, 400000, 5) == "0 100000 200000 300000 400000");
  CHECK(texts(PlotScale::linear, 1e-7, 4e-7, 4) == "1e-7 2e-7 3e-7 4e-7");
  CHECK(texts(PlotScale::linear, 1000000, 1000004, 5) == "1000000 1000001 1000002 1000003 1000004");
  CHECK(texts(PlotScale::linear, -1.7e308, 1.7e308, 5) == "-1e308 0 1e308");
  CHECK(texts(PlotScale::linear, 0, 5e-324, 5).empty());  // there is no number between
  CHECK(texts(PlotScale::logarithmic, 1e-5, 100, 8) == "1e-5 1e-4 1e-3 0.01 0.1 1 10 100");
  CHECK(texts(PlotScale::logarithmic, 1e-5, 100, 4) == "0.0001 0.01 1 100");
  CHECK(texts(PlotScale::logarithmic, 0.4, 30, 8) == "0.5 1 2 5 10 20");
  CHECK(texts(PlotScale::logarithmic, 2.5, 4.5, 6) == "2.5 3 3.5 4 4.5");
  CHECK(texts(PlotScale::logarithmic, 1e-300, 1e300, 5) == "1e-200 1 1e200");
}

TEST_CASE("ticks: ascending, inside, not too many and told apart, for random limits") {
  std::mt19937_64 bits(1);
  const auto share = [&] { return static_cast<double>(bits() >> 11) * 0x1p-53; };
  for (int i = 0; i < 20000; ++i) {
    const bool is_log = i % 2 == 0;
    const double size = std::pow(10, 600 * share() - 300);
    double low = is_log ? size : size * (2 * share() - 1);
    double high = is_log ? low * std::pow(10, std::pow(10, 4 * share() - 2)) : low + size * std::pow(10, -14 * share());
    if (!(low < high) || !std::isfinite(high)) continue;
    const std::size_t most = 2 + bits() % 12;
    const std::vector<Tick> ticks = round_ticks(is_log ? PlotScale::logarithmic : PlotScale::linear, {low, high}, most);
    INFO("from ", low, " to ", high, ", at most ", most);
    CHECK(ticks.size() <= most);
    std::set<std::string> words;
    for (std::size_t k = 0; k < ticks.size(); ++k) {
      CHECK(ticks[k].value >= low);
      CHECK(ticks[k].value <= high);
      CHECK(words.insert(ticks[k].text).second);
      if (k > 0) CHECK(ticks[k].value > ticks[k - 1].value);
    }
  }
}

TEST_CASE("axes: limits of what is drawn, with space; one value in the middle; none") {
  const auto limits = [](std::vector<double> y, PlotScale scale) {
    Panel panel;
    panel.y.scale = scale;
    panel.lines = {{0, std::vector<double>(y.size()), y}};
    return y_map(panel).limits();
  };
  const double nan = std::nan("");
  CHECK(limits({0, 25, nan, INFINITY}, PlotScale::linear).low == -1);
  CHECK(limits({0, 25, nan, -INFINITY}, PlotScale::linear).high == 26);
  CHECK(limits({-5, 0, 3}, PlotScale::logarithmic).low < 3);
  CHECK(limits({-5, 0, 3}, PlotScale::logarithmic).low > 0);
  CHECK(limits({nan}, PlotScale::linear).low == 1);
  CHECK(limits({}, PlotScale::logarithmic).high == 2);
  for (const double one : {0., 1., -1e300, 1e-300, 1.7e308, 5e-324}) {
    const PlotLimits around = limits({one}, PlotScale::linear);
    CHECK(around.low < one);
    CHECK((around.high > one || one == 1.7e308));
    CHECK(around.low < around.high);
  }
  for (const PlotScale scale : {PlotScale::linear, PlotScale::logarithmic}) {
    const AxisMap map(scale, {1, 100});
    CHECK(map.at(1) == 0);
    CHECK(map.at(100) == doctest::Approx(1));
    CHECK(map.at(10) == doctest::Approx(scale == PlotScale::linear ? 9. / 99 : 0.5));
    CHECK(map.at(INFINITY) == AxisMap::far);
    CHECK(map.at(-INFINITY) == -AxisMap::far);
    CHECK(std::isnan(map.at(nan)));
    CHECK(map.has(-1) == (scale == PlotScale::linear));
  }
  CHECK(AxisMap(PlotScale::linear, {-1.7e308, 1.7e308}).at(0) == 0.5);
}

}  // namespace
}  // namespace deepobs::test
