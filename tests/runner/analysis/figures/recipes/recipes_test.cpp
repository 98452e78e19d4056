#include <cmath>

#include "runner/analysis/figures/recipes/differences.h"
#include "runner/analysis/figures/recipes/rate_sensitivity.h"
#include "runner/analysis/figures/recipes/test_set_curves.h"
#include "runner/analysis/figures/recipes/time_to_target.h"
#include "runner/analysis/figures/recipes/tuning.h"
#include "runner/analysis/figures/writers/braille.h"
#include "runner/analysis/figures/writers/pgfplots.h"
#include "runner/analysis/figures/writers/svg.h"
#include "tests/error_of.h"
#include "tests/runner/analysis/figures/svg_properties.h"

namespace deepobs::test {
namespace {

using Doubles = std::vector<double>;
const double nan = std::nan("");
const std::vector<std::string> names{"SGD", "Momentum", "Adam"};
const CurveWords words{"mean of the runs", "pointwise 95 % t interval"};

NamedCurve curve(std::size_t optimizer, double from, double to, bool diverges = false) {
  NamedCurve one{.optimizer = names[optimizer], .n = 10, .n_diverged = diverges ? 1u : 0u};
  for (int epoch = 0; epoch <= 20; ++epoch) {
    const double value = diverges && epoch > 9
                             ? nan
                             : to + (from - to) * std::exp(-0.1 * epoch * (1 + 0.5 * static_cast<double>(optimizer)));
    one.x.push_back(epoch);
    one.middle.push_back(value);
    one.low.push_back(value - 0.05);
    one.high.push_back(value + 0.05);
  }
  return one;
}

/// Every writer takes it, and its words do not overlap.
void check_drawn(const Figure& figure, const std::vector<std::string>& in_description) {
  INFO("figure ", figure.title);
  check_svg(svg_text(figure), true);
  CHECK_FALSE(pgfplots_text(figure).empty());
  CHECK_FALSE(braille_text(figure).empty());
  for (const std::string& part : in_description) {
    INFO("wanted ", part, " in ", figure.description);
    CHECK(figure.description.find(part) != std::string::npos);
  }
}

TEST_CASE("recipes: curves of a test set in four rows, with DeepOBS's limits") {
  std::vector<ProblemCurves> problems(4);
  for (std::size_t i = 0; i < 4; ++i) {
    problems[i].title = "Problem " + std::to_string(i);
    problems[i].rows[0] = {curve(0, 2, 0.5), curve(2, 2, 0.25, i == 1)};
    problems[i].rows[1] = {curve(0, 2, 0.4), curve(2, 2, 0.2)};
    problems[i].target_row = i < 2 ? CurveRow::test_loss : CurveRow::test_accuracy;
    problems[i].target = i < 2 ? 0.75 : 0.8;
    if (i >= 2) problems[i].rows[2] = problems[i].rows[3] = {curve(0, 0.1, 0.9)};
  }
  const Figure figure = test_set_curves("Benchmark set small", problems, words, Looks(names));
  REQUIRE(figure.panels.size() == 16);
  CHECK(figure.columns == 4);
  CHECK(figure.panels[8].is_empty());
  CHECK(figure.panels[8].empty_text == "no accuracy");
  CHECK(figure.panels[0].rules.size() == 1);
  CHECK(figure.panels[4].rules.empty());
  CHECK(figure.panels[10].rules[0].at == 0.8);
  CHECK(figure.panels[10].bad_edge == Edge::lower);
  check_drawn(figure, {"bands: pointwise 95 % t interval", "SGD 10, Adam 10 (1 diverged)"});
  check_error([&] { test_set_curves("none", {}, words, Looks(names)); }, Fault::usage, "at least one problem");
  check_error([&] { test_set_curves("x", problems, words, Looks(std::vector<std::string>{"SGD"})); }, Fault::usage,
              "Adam");
}

TEST_CASE("recipes: limits of y are those of DeepOBS 1.1") {
  NamedCurve one{.middle = {10, 5, 4, 3, 2, 1}}, other{.middle = {8, 6, nan, INFINITY, 2, 2}};
  const std::vector<NamedCurve> curves{one, other};
  // numpy.percentile([10, 5, 4, 3, 2, 1, 8, 6, 2, 2], [20, 80]) = [2, 6.4]; last values 1 and 2
  CHECK(curve_limits(curves, {}).low == doctest::Approx(0.9));
  CHECK(curve_limits(curves, {}).high == doctest::Approx(7.04));
  CHECK(curve_limits(curves, 0.5).low == doctest::Approx(0.45));
  CHECK(curve_limits(curves, 20).high == doctest::Approx(22));
  CHECK(curve_limits({}, {}).low == 1);
  CHECK(curve_limits({}, {}).high == 2);
  CHECK(curve_limits(std::vector<NamedCurve>{{.middle = {nan}}}, nan).high == 2);
  for (const double value : {0., -3., 1e300, 1.7e308, 1e-300}) {
    const PlotLimits limits = curve_limits(std::vector<NamedCurve>{{.middle = {value, value}}}, {});
    CHECK(limits.low < limits.high);
    CHECK(std::isfinite(limits.high));
  }
}

TEST_CASE("recipes: sensitivity to a learning rate, diverged runs at the bad edge") {
  SensitivityPanel panel{.title = "F-MNIST - CNN", .better = Better::larger, .target = 0.9};
  for (const std::string& name : names) {
    OptimizerSensitivity one{name, {}};
    for (int k = 6; k >= 0; --k)
      one.settings.push_back(
          {std::pow(10, k - 5), k == 6 ? Doubles{nan, INFINITY} : Doubles{0.5 + 0.05 * k, 0.55 + 0.05 * k, nan}});
    panel.optimizers.push_back(one);
  }
  const Figure figure = rate_sensitivity("Learning rate sensitivity", {&panel, 1}, "Learning rate",
                                         PlotScale::logarithmic, "Test accuracy", Looks(names));
  const Panel& drawn = figure.panels[0];
  CHECK(drawn.bad_edge == Edge::lower);
  CHECK(drawn.lines[0].x.front() == doctest::Approx(1e-5));
  CHECK(drawn.lines[0].y.front() == doctest::Approx(0.525));
  CHECK(std::isnan(drawn.lines[0].y.back()));
  CHECK(drawn.points[0].y.size() == 20);
  CHECK(std::isnan(drawn.points[0].y.back()));
  check_drawn(figure, {"60 runs", "24 runs that diverged", "no intervals"});
  const std::vector<SensitivityPanel> eight(8, panel);
  check_drawn(rate_sensitivity("Eight", eight, "Learning rate", PlotScale::logarithmic, "Test accuracy", Looks(names)),
              {});
}

TEST_CASE("recipes: a map of two hyperparameters") {
  SensitivityMap map{"SGD",
                     "learning rate",
                     "momentum",
                     "test accuracy",
                     {"0.01", "0.1", "1"},
                     {"0", "0.9"},
                     {{0.5, 0.75, nan}, {0.625, 0.875, 0.25}},
                     3,
                     5};
  const Figure figure = sensitivity_map("Two hyperparameters", map);
  check_drawn(figure, {"3 to 5 runs a cell", "light is better"});
  CHECK(figure.panels[0].cells[0].is_better_high);
  map.means.pop_back();
  check_error([&] { sensitivity_map("x", map); }, Fault::usage, "and 1 came");
}

TEST_CASE("recipes: final metric against rank, settings without a finite run last") {
  const std::vector<RankedSettings> all{{"SGD", {{0.5, 0.75}, {nan}, {0.75, 0.875}, {}}}};
  const Figure figure = tuning_ranks("Ranks", all, "Test accuracy", Better::larger, Looks(names));
  const PlotLine& line = figure.panels[0].lines[0];
  CHECK(line.x == Doubles{1, 2, 3, 4});
  CHECK(line.y[0] == 0.8125);
  CHECK(line.y[1] == 0.625);
  CHECK(std::isnan(line.y[2]));
  check_drawn(figure, {"SGD 4 settings and 5 runs", "1 run that diverged"});
  CHECK(tuning_ranks("Ranks", all, "Loss", Better::smaller, Looks(names)).panels[0].lines[0].y[0] == 0.625);
}

TEST_CASE("recipes: tuning curves, survival curves and profiles") {
  const std::vector<NamedCurve> curves{curve(0, 0.3, 0.9), curve(1, 0.3, 0.905), curve(2, 0.3, 0.91)};
  check_drawn(tuning_curves("Tuning", curves, "Test accuracy", Better::larger,
                            {"expected best of k settings", "simultaneous 95 % band"}, Looks(names)),
              {"expected best of k settings", "simultaneous 95 % band", "SGD 10, Momentum 10, Adam 10"});

  const NamedCurve survival{"SGD", {5, 9, 20}, {0.75, 0.5, 0.5}, {0.5, 0.25, 0.25}, {1, 0.75, 0.75}, 4, 2};
  const Figure time = survival_figure("Time", {&survival, 1}, "0.9", 0.95, Looks(names));
  CHECK(time.panels[0].lines[0].x == Doubles{0, 5, 9, 20});
  CHECK(time.panels[0].lines[0].y == Doubles{1, 0.75, 0.5, 0.5});
  CHECK(time.panels[0].lines[0].is_step);
  CHECK(time.panels[0].bands[0].low == Doubles{1, 0.5, 0.25, 0.25});
  check_drawn(time, {"95 % intervals", "SGD 4 (2 never got there)"});

  const std::vector<ProfileRatios> ratios{{"SGD", {1, 2, 2, INFINITY}, 0.5}, {"Adam", {1.5, 1, 1, 1}, 0.95}};
  const Figure profile = profile_figure("Profile", ratios, 4, Looks(names));
  CHECK(profile.panels[0].lines[0].x == Doubles{1, 2, 4});
  CHECK(profile.panels[0].lines[0].y == Doubles{0.25, 0.75, 0.75});
  check_drawn(profile, {"4 problems", "SGD 0.5, Adam 0.95"});
  check_error([&] { profile_figure("Profile", ratios, 1, Looks(names)); }, Fault::usage, "1 came");
}

TEST_CASE("recipes: paired differences, with one row for each comparison") {
  DifferenceRow row{.name = "fmnist_2c2d: Adam - SGD", .differences = {0.01, 0.02, -0.005, INFINITY}};
  row.mean.value = 0.008;
  row.mean.interval = Interval{-0.02, 0.03, 0.95};
  const std::vector<DifferenceRow> rows{row, {.name = "quadratic_deep: Adam - SGD", .differences = {1}}};
  const Figure figure = differences_figure("Differences", rows, "test accuracy");
  CHECK(figure.panels[0].points[0].x.size() == 4);
  check_drawn(figure, {"1 to 4 pairs", "95 % intervals", "1 pair of which one run diverged"});
  check_error([] { differences_figure("x", std::vector<DifferenceRow>{{.name = "bad", .differences = {nan}}}, "y"); },
              Fault::usage, "bad is NaN");
}

TEST_CASE("recipes: nothing at all makes an empty figure that says so") {
  const Looks looks(names);
  for (const Figure& figure :
       {tuning_ranks("a", {}, "m", Better::larger, looks), tuning_curves("b", {}, "m", Better::larger, words, looks),
        survival_figure("c", {}, "1", 0.95, looks), profile_figure("d", {}, 4, looks), differences_figure("e", {}, "m"),
        sensitivity_map("f", {}), test_set_curves("g", std::vector<ProblemCurves>(1), words, looks)})
    check_drawn(figure, {});
}

}  // namespace
}  // namespace deepobs::test
