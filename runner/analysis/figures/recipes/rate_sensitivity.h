#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runner/analysis/figures/recipes/named_curve.h"
#include "runner/analysis/statistics/numbers/better.h"

namespace deepobs {

/// The runs of an optimizer at one learning rate, or at one value of another hyperparameter.
struct SettingValues {
  double at = 0;
  std::vector<double> seeds{};  ///< the metric of each run; not finite for one that diverged
};

struct OptimizerSensitivity {
  std::string optimizer{};
  std::vector<SettingValues> settings{};  ///< in any order
};

struct SensitivityPanel {
  std::string title{};
  std::vector<OptimizerSensitivity> optimizers{};
  Better better = Better::larger;
  std::optional<double> target{};
};

/// How the metric depends on one hyperparameter: a small mark for each seed, a line through the means of the runs that
/// did not diverge, a cross at the bad edge for each run that did. One panel each, in up to four columns.
/// Errors: usage, for no panels, or an optimizer that `looks` has not.
Figure rate_sensitivity(const std::string& title, std::span<const SensitivityPanel> panels,
                        const std::string& hyperparameter, PlotScale scale, const std::string& metric,
                        const Looks& looks);

/// Over two hyperparameters: the mean metric in each cell, a cross where all runs diverged or none are.
struct SensitivityMap {
  std::string optimizer{}, x_name{}, y_name{}, metric{};
  std::vector<std::string> x_values{}, y_values{};
  std::vector<std::vector<double>> means{};   ///< [y][x]; NaN for none
  std::size_t least_runs = 0, most_runs = 0;  ///< of a cell
  Better better = Better::larger;
};
/// Errors: usage, for means of other lengths than those of the values.
Figure sensitivity_map(const std::string& title, const SensitivityMap& map);

}  // namespace deepobs
