#include "runner/analysis/figures/recipes/rate_sensitivity.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"
#include "runner/analysis/statistics/sample/moments.h"
#include "runner/results/text/counted.h"

namespace deepobs {

Figure rate_sensitivity(const std::string& title, std::span<const SensitivityPanel> panels,
                        const std::string& hyperparameter, PlotScale scale, const std::string& metric,
                        const Looks& looks) {
  require(!panels.empty(), Fault::usage, "a figure of sensitivities needs at least one problem, and none came");
  Figure figure{.title = title, .columns = std::min<std::size_t>(panels.size(), 4)};
  figure.has_line_labels = panels.size() == 1;
  std::size_t runs = 0, diverged = 0;
  for (const SensitivityPanel& one : panels) {
    Panel panel{.title = one.title,
                .bad_edge = one.better == Better::smaller ? Edge::upper : Edge::lower,
                .empty_text = "no runs"};
    panel.x = {.label = hyperparameter, .scale = scale};
    panel.y.label = metric;
    if (one.target && !one.optimizers.empty()) panel.rules.push_back({*one.target, false, "convergence performance"});
    for (const OptimizerSensitivity& optimizer : one.optimizers) {
      const SeriesIndex series = series_of(figure, looks, optimizer.optimizer);
      std::vector<SettingValues> settings = optimizer.settings;
      std::stable_sort(settings.begin(), settings.end(),
                       [](const SettingValues& a, const SettingValues& b) { return a.at < b.at; });
      PlotLine line{.series = series};
      PlotPoints points{.series = series, .is_small = true};
      for (const SettingValues& setting : settings) {
        const std::vector<double> finite = finite_values(setting.seeds);
        runs += setting.seeds.size();
        diverged += setting.seeds.size() - finite.size();
        line.x.push_back(setting.at);
        line.y.push_back(finite.empty() ? std::nan("") : moments_of(finite).mean);
        for (const double value : setting.seeds) {
          points.x.push_back(setting.at);
          points.y.push_back(std::isfinite(value) ? value : std::nan(""));  // both infinities are bad
        }
      }
      panel.lines.push_back(std::move(line));
      panel.points.push_back(std::move(points));
    }
    figure.panels.push_back(std::move(panel));
  }
  figure.description = metric + " against " + hyperparameter + ". Small marks: one run each, " +
                       counted(static_cast<std::int64_t>(runs), "run") +
                       "; lines: means of the runs that did not diverge; crosses at the edge: " +
                       counted(static_cast<std::int64_t>(diverged), "run") + " that diverged. There are no intervals.";
  return figure;
}

Figure sensitivity_map(const std::string& title, const SensitivityMap& map) {
  require(map.means.size() == map.y_values.size(), Fault::usage, "a map of ", map.y_values.size(), " values of ",
          map.y_name, " has as many rows, and ", map.means.size(), " came");
  for (const auto& row : map.means)
    require(row.size() == map.x_values.size(), Fault::usage, "a map of ", map.x_values.size(), " values of ",
            map.x_name, " has as many columns, and a row of ", row.size(), " came");
  Figure figure{.title = title, .columns = 1};
  Panel panel{.title = map.optimizer, .empty_text = "no runs"};
  panel.x.label = map.x_name;
  panel.y.label = map.y_name;
  for (std::size_t i = 0; i < map.x_values.size(); ++i)
    panel.x.names.push_back({static_cast<double>(i), map.x_values[i]});
  for (std::size_t i = 0; i < map.y_values.size(); ++i)
    panel.y.names.push_back({static_cast<double>(i), map.y_values[i]});
  if (!map.means.empty()) panel.cells.push_back({map.means, map.metric, map.better == Better::larger});
  figure.panels.push_back(std::move(panel));
  figure.description = "Mean " + map.metric + " of the runs that did not diverge, over " + map.x_name + " and " +
                       map.y_name + "; " + std::to_string(map.least_runs) +
                       (map.least_runs == map.most_runs ? "" : " to " + std::to_string(map.most_runs)) +
                       " runs a cell, no intervals; light is better, a cross stands where there is no finite value.";
  return figure;
}

}  // namespace deepobs
