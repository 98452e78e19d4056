#include "tests/runner/analysis/figures/example_figures.h"

#include <cmath>
#include <limits>
#include <random>

namespace deepobs::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(),
                 not_a_number = std::numeric_limits<double>::quiet_NaN();

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : bits_(seed) {}
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(bits_() % n); }
  double share() { return static_cast<double>(bits_() >> 11) * 0x1p-53; }
  double value() {
    static constexpr double odd[] = {0,      -0.,    1,       -1,       1e300,     -1e300,
                                     1e-300, 5e-324, 1.7e308, infinity, -infinity, not_a_number};
    if (below(5) == 0) return odd[below(std::size(odd))];
    if (below(8) == 0) return std::pow(10, 600 * share() - 300) * (below(4) == 0 ? -1 : 1);
    return 10 * share() - 1;
  }
  std::vector<double> values(std::size_t n) {
    std::vector<double> list(n);
    for (double& one : list) one = value();
    return list;
  }
  std::string name() {
    const std::vector<std::string> names = hostile_names();
    return names[below(names.size())];
  }

 private:
  std::mt19937_64 bits_;
};

PlotAxis random_axis(Dice& dice) {
  PlotAxis axis{.label = dice.name()};
  if (dice.below(3) == 0) axis.scale = PlotScale::logarithmic;
  if (dice.below(4) == 0) {
    const double low = std::pow(10, 20 * dice.share() - 10);
    axis.limits = PlotLimits{low, low * (1 + std::pow(10, 4 * dice.share() - 3))};
  }
  if (dice.below(5) == 0)
    for (std::size_t i = 0; i < 6; ++i) axis.names.push_back({static_cast<double>(i) - 1, dice.name()});
  return axis;
}

}  // namespace

std::vector<std::string> hostile_names() {
  return {"SGD",
          "</script><b>",
          "a \"quoted\" 'name' & more",
          "two\nlines\tand a tab",
          "\xe2\x80\xae turned round \xe2\x81\xa6",
          std::string(200, 'W'),
          "no UTF-8 \xff\xfe",
          std::string("a zero \0 byte", 13),
          "\x1b[31mred",
          "]]> <!-- --> <![CDATA[",
          "100 % of $x_1^2$ {#1} ~ \\input{/etc/passwd}",
          "日本語の名前が長くても",
          "😀 \xef\xbf\xbf",
          ""};
}

Figure small_figure() {
  Figure figure{
      .title = "Example", .description = "Lines: means of 3 runs; band: pointwise 95 % t interval.", .columns = 2};
  figure.series = {{"SGD", {}}, {"Adam", {{Palette::six, 2}, Dash::dotted, Marker::triangle}}};
  Panel panel{.title = "A problem"};
  panel.x.label = "Epoch";
  panel.y = {.label = "Test loss", .limits = PlotLimits{0, 2}};
  panel.bands = {{0, {0, 1, 2, 3}, {1, 0.5, 0.25, 0.25}, {3, 1, 0.5, 0.5}}};
  panel.rules = {{0.25, false, "target"}};
  panel.lines = {{0, {0, 1, 2, 3}, {2, 0.75, 0.5, 0.375}}, {1, {0, 1, 2, 3}, {1, 4, not_a_number, 1}}};
  panel.points = {{0, {1, 2, 3}, {0.5, 1, infinity}, true}};
  panel.notes = {{2.5, 1.5, "a note"}};
  figure.panels = {panel, {.title = "Another", .empty_text = "no accuracy"}};
  return figure;
}

Figure map_and_bars() {
  Figure figure{.title = "Map and bars", .description = "Means of 5 runs."};
  figure.series = {{"Adam", {{Palette::ten, 2}, Dash::dotted, Marker::triangle}}};
  Panel map;
  map.x = {.label = "learning rate", .names = {{0, "0.01"}, {1, "0.1"}, {2, "1"}}};
  map.y = {.label = "momentum", .names = {{0, "0"}, {1, "0.9"}}};
  map.cells = {{{{0.5, 0.75, 0.25}, {0.625, 1, not_a_number}}, "accuracy", true}};
  Panel bars;
  bars.x.names = {{1, "first"}, {2, "second"}};
  bars.bars = {{0, {1, 2}, {0.5, 0.75}, 0.5}};
  bars.intervals = {{0, {1, 2}, {0.5, 0.75}, {0.25, not_a_number}, {0.625, not_a_number}}};
  figure.panels = {map, bars};
  return figure;
}

Figure random_figure(std::uint64_t seed) {
  Dice dice(seed);
  Figure figure{.title = dice.name(), .description = dice.name() + " " + dice.name(), .columns = 1 + dice.below(3)};
  figure.has_line_labels = dice.below(2) == 0;
  const std::size_t series = 1 + dice.below(14);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < series; ++i) names.push_back(dice.name() + std::to_string(i));
  const Looks looks(names);
  for (const std::string& name : names) figure.series.push_back({name, looks.of(name)});
  const std::size_t panels = 1 + dice.below(4);
  for (std::size_t i = 0; i < panels; ++i) {
    Panel panel{.title = dice.name(), .x = random_axis(dice), .y = random_axis(dice)};
    panel.bad_edge = dice.below(2) == 0 ? Edge::upper : Edge::lower;
    panel.empty_text = dice.name();
    const auto length = [&] { return dice.below(20) == 0 ? 2000 : dice.below(7); };
    for (std::size_t k = dice.below(3); k-- > 0;) {
      const std::size_t n = length();
      panel.lines.push_back({dice.below(series), dice.values(n), dice.values(n), dice.below(2) == 0});
    }
    for (std::size_t k = dice.below(3); k-- > 0;) {
      const std::size_t n = length();
      panel.bands.push_back({dice.below(series), dice.values(n), dice.values(n), dice.values(n), dice.below(2) == 0});
    }
    for (std::size_t k = dice.below(2); k-- > 0;) {
      const std::size_t n = length();
      panel.points.push_back({dice.below(series), dice.values(n), dice.values(n), dice.below(2) == 0});
    }
    for (std::size_t k = dice.below(2); k-- > 0;) {
      const std::size_t n = length();
      panel.bars.push_back({dice.below(series), dice.values(n), dice.values(n), 0.01 + dice.share()});
    }
    for (std::size_t k = dice.below(2); k-- > 0;) {
      const std::size_t n = length();
      panel.intervals.push_back(
          {dice.below(series), dice.values(n), dice.values(n), dice.values(n), dice.values(n), dice.below(2) == 0});
    }
    if (panel.x.scale == PlotScale::linear && panel.y.scale == PlotScale::linear && dice.below(3) == 0) {
      PlotCells cells{.label = dice.name()};
      const std::size_t rows = dice.below(4), columns = dice.below(4);
      for (std::size_t row = 0; row < rows; ++row) cells.values.push_back(dice.values(columns));
      panel.cells.push_back(cells);
    }
    for (std::size_t k = dice.below(3); k-- > 0;)
      panel.rules.push_back({dice.value(), dice.below(2) == 0, dice.name()});
    if (dice.below(3) == 0) panel.notes.push_back({dice.value(), dice.value(), dice.name()});
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

}  // namespace deepobs::test
