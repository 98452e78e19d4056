// What DeepOBS's own analyzers say of the trees in tests/golden/analysis: make_analysis.py ran them.

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "runner/analysis/analysis.h"
#include "runner/analysis/classic/performance_table.h"
#include "runner/analysis/classic/sensitivity.h"
#include "runner/analysis/output/performance_latex.h"

namespace deepobs {
namespace {

using Json = nlohmann::ordered_json;

const std::filesystem::path folder = std::filesystem::path(DEEPOBS_SOURCE_DIR) / "tests/golden/analysis";

const Json& golden() {
  static const Json json = Json::parse(std::ifstream(folder / "analysis.json"));
  return json;
}

double number(const Json& json) {
  if (!json.is_string()) return json.get<double>();
  return json == "nan" ? NAN : json == "inf" ? HUGE_VAL : -HUGE_VAL;
}

/// Equal but for the last digits of the numbers that it is made of, which are of the size of `scale`.
void check_close(double ours, const Json& theirs, double scale = 1) {
  const double wanted = number(theirs);
  if (std::isnan(wanted)) {
    CHECK(std::isnan(ours));
  } else if (std::isinf(wanted)) {
    CHECK(ours == wanted);
  } else {
    CHECK(std::abs(ours - wanted) <= 1e-14 * std::max(scale, std::abs(wanted)));
  }
}

void check_lists(const std::vector<double>& ours, const Json& theirs) {
  REQUIRE(ours.size() == theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) check_close(ours[i], theirs[i]);
}

/// NumPy's deviations have lost the last digits of the means.
void check_deviations(const Bands& ours, const Json& theirs) {
  REQUIRE(ours.std.size() == theirs.size());
  for (std::size_t i = 0; i < ours.std.size(); ++i) check_close(ours.std[i], theirs[i], std::max(1., ours.mean[i]));
}

Analysis analysis_of(const std::string& tree, const std::string& metric = "") {
  AnalysisQuestion question;
  question.results = folder / "trees" / tree;
  question.metric = metric;
  return analyze(question);
}

const ProblemAnalysis& problem_of(const Analysis& analysis, const std::string& name) {
  for (const auto& problem : analysis.problems)
    if (problem.name == name) return problem;
  FAIL("there is no problem " << name);
  throw;
}

const OptimizerAnalysis& optimizer_of(const ProblemAnalysis& problem, const std::string& name) {
  for (const auto& optimizer : problem.optimizers)
    if (optimizer.name == name) return optimizer;
  FAIL("there is no optimizer " << name);
  throw;
}

void check_optimizer_1_1(const ProblemAnalysis& problem, const OptimizerAnalysis& ours, const Json& theirs) {
  CHECK(static_cast<int>(ours.settings.size()) == theirs["num_settings"]);
  const ResultMetric metric = problem.metric;
  CHECK(ours.chosen_by == metric);
  REQUIRE(ours.setting(ChoiceMode::final));
  CHECK(ours.setting(ChoiceMode::final)->name == theirs["final"]["folder"]);
  check_close(ours.setting(ChoiceMode::final)->final_value(metric), theirs["final"]["value"]);
  CHECK(ours.setting(ChoiceMode::best)->name == theirs["best"]["folder"]);
  check_close(ours.setting(ChoiceMode::best)->best_value(metric), theirs["best"]["value"]);
  const SettingSummary& most = *ours.setting(ChoiceMode::most);
  CHECK(most.name == theirs["most"]["folder"]);
  CHECK(static_cast<int>(most.runs.size()) == theirs["most"]["num_runs"]);
  REQUIRE(most.speed(metric));
  check_close(*most.speed(metric), theirs["most"]["speed"]);
  for (const auto& setting : ours.settings) check_close(*setting.speed(metric), theirs["speeds"][setting.name]);
  const auto& curves = ours.curves.at(*ours.chosen[static_cast<std::size_t>(ChoiceMode::most)]);
  for (const auto& [name, curve] : theirs["most"]["curves"].items()) {
    const auto& bands = curves.bands[metric_named(name)];
    REQUIRE(bands);
    check_lists(bands->mean, curve["mean"]);
    check_deviations(*bands, curve["std"]);
  }
  for (const ChoiceMode mode : {ChoiceMode::final, ChoiceMode::best}) {
    const Json& points = theirs["sensitivity"][std::string(name_of(mode))];
    const auto own = learning_rate_sensitivity(ours.settings, mode, metric);
    REQUIRE(own.size() == points[0].size());
    for (std::size_t i = 0; i < own.size(); ++i) {
      check_close(own[i].learning_rate, points[0][i]);
      check_close(own[i].relative, points[1][i]);
    }
  }
}

}  // namespace

TEST_CASE("golden: choices, values, curves, speeds and sensitivities of DeepOBS 1.1") {
  for (const char* tree : {"tree_1_1", "baselines_part"}) {
    CAPTURE(tree);
    const Analysis analysis = analysis_of(tree);
    const Json& theirs = golden()[tree]["by_1_1"];
    CHECK(analysis.warnings() == 0);
    REQUIRE(analysis.problems.size() == theirs.size());
    for (const auto& [name, problem] : theirs.items()) {
      CAPTURE(name);
      const ProblemAnalysis& ours = problem_of(analysis, name);
      CHECK(name_of(ours.metric) == problem["metric"].get<std::string>());
      check_close(*ours.convergence, problem["convergence"]);
      REQUIRE(ours.optimizers.size() == problem["optimizers"].size());
      for (const auto& [optimizer, values] : problem["optimizers"].items())
        check_optimizer_1_1(ours, optimizer_of(ours, optimizer), values);
    }
  }
}

TEST_CASE("golden: the coloured cells of DeepOBS 1.1's table") {
  for (const char* tree : {"tree_1_1", "baselines_part"}) {
    const Json& theirs = golden()[tree]["table"];
    const PerformanceTable table = performance_table(analysis_of(tree), ChoiceMode::most);
    CHECK(Json(table.optimizers) == theirs["columns"]);
    const std::string latex = performance_latex(table);
    REQUIRE(table.rows.size() == theirs["rows"].size());
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      CHECK(table.rows[i].problem == theirs["rows"][i][0][0]);
      CHECK(name_of(table.rows[i].quantity) == theirs["rows"][i][0][1].get<std::string>());
      std::string cells;
      for (const auto& cell : theirs["rows"][i][1]) cells += " & " + cell.get<std::string>();
      CAPTURE(cells);
      CHECK(latex.find(std::string(name_of(table.rows[i].quantity)) + cells + " \\\\\n") != std::string::npos);
    }
  }
}

// Section 4.1 of Schneider, Balles, Hennig, ICLR 2019: the row of quadratic_deep and that of fmnist_2c2d.
TEST_CASE("golden: the published table of the baselines") {
  const Analysis analysis = analysis_of("baselines_part");
  const auto check = [&](const char* problem, const char* optimizer, double performance, double tolerance, double speed,
                         double rate) {
    const auto& of = problem_of(analysis, problem);
    const auto& setting = *optimizer_of(of, optimizer).setting(ChoiceMode::most);
    CHECK(std::abs(setting.final_value(of.metric) - performance) <= tolerance);
    CHECK(std::abs(*setting.speed(of.metric) - speed) <= 0.0501);
    CHECK(*setting.learning_rate == doctest::Approx(rate).epsilon(3e-3));
  };
  check("quadratic_deep", "GradientDescentOptimizer", 87.40, 0.005001, 51.1, 1.58e-2);
  check("quadratic_deep", "MomentumOptimizer", 87.05, 0.005001, 70.5, 2.51e-3);
  check("quadratic_deep", "AdamOptimizer", 87.11, 0.005001, 39.9, 3.98e-2);
  check("fmnist_2c2d", "GradientDescentOptimizer", 0.9227, 0.00005001, 40.6, 1.58e-1);
  check("fmnist_2c2d", "MomentumOptimizer", 0.9214, 0.00005001, 59.1, 2.51e-3);
  check("fmnist_2c2d", "AdamOptimizer", 0.9234, 0.00005001, 40.1, 2.51e-4);
}

TEST_CASE("golden: rankings of DeepOBS 1.2, by the metric that it goes on with where the one asked for is absent") {
  const Json& theirs = golden()["tree_1_2"]["by_1_2"];
  for (const std::string asked : {"valid_accuracies", "test_losses", "test_accuracies"}) {
    CAPTURE(asked);
    const Analysis analysis = analysis_of("tree_1_2", asked);
    for (const auto& [problem, optimizers] : theirs.items())
      for (const auto& [optimizer, values] : optimizers.items()) {
        CAPTURE(problem);
        CAPTURE(optimizer);
        const auto& ours = optimizer_of(problem_of(analysis, problem), optimizer);
        for (const ChoiceMode mode : all_modes) {
          const Json& ranked = values["rankings"][asked + " " + std::string(name_of(mode))];
          CHECK(name_of(ours.chosen_by) == ranked["metric"].get<std::string>());
          CHECK(have_equal_runs(ours.settings) == (ranked["falls_back"].get<bool>() || optimizer == "Adam"));
          const auto order = ranking(ours.settings, mode, ours.chosen_by);
          REQUIRE(order.size() == ranked["folders"].size());
          for (std::size_t i = 0; i < order.size(); ++i) {
            const SettingSummary& setting = ours.settings[order[i]];
            CHECK(setting.name == ranked["folders"][i]);
            check_close(setting.final_value(ours.chosen_by), ranked["finals"][i]);
            check_close(setting.best_value(ours.chosen_by), ranked["bests"][i]);
            CHECK(static_cast<int>(setting.runs.size()) == ranked["runs"][i]);
          }
        }
      }
  }
}

TEST_CASE("golden: means, deviations, quartiles and speeds of DeepOBS 1.2") {
  const Json& theirs = golden()["tree_1_2"]["by_1_2"];
  const Analysis analysis = analysis_of("tree_1_2");
  int bands_checked = 0;
  for (const auto& [problem, optimizers] : theirs.items())
    for (const auto& [optimizer, values] : optimizers.items()) {
      const ResultMetric metric_of_problem = problem_of(analysis, problem).metric;
      const auto& ours = optimizer_of(problem_of(analysis, problem), optimizer);
      CHECK(ours.chosen_by == (problem == "mnist_mlp" ? ResultMetric::valid_accuracies : ResultMetric::valid_losses));
      for (std::size_t i = 0; i < ours.settings.size(); ++i) {
        const Json& setting = values["settings"][ours.settings[i].name];
        check_close(*ours.settings[i].speed(metric_of_problem), setting["speed"]);
        for (const auto& [name, aggregate] : setting["aggregate"].items()) {
          const ResultMetric metric = metric_named(name);
          check_lists(ours.settings[i].finals(metric), aggregate["all_final_values"]);
          const Spread& spread = ours.settings[i].metrics[metric]->final;
          check_close(spread.mean, aggregate["mean"].back());
          check_close(spread.std, aggregate["std"].back());
          check_close(spread.median, aggregate["median"].back());
          check_close(spread.q25, aggregate["lower_quartile"].back());
          check_close(spread.q75, aggregate["upper_quartile"].back());
          if (!ours.curves.contains(i)) continue;
          const Bands& bands = *ours.curves.at(i).bands[metric];
          check_lists(bands.mean, aggregate["mean"]);
          check_deviations(bands, aggregate["std"]);
          check_lists(bands.median, aggregate["median"]);
          check_lists(bands.q25, aggregate["lower_quartile"]);
          check_lists(bands.q75, aggregate["upper_quartile"]);
          ++bands_checked;
        }
      }
    }
  CHECK(bands_checked >= 12);
}

}  // namespace deepobs
