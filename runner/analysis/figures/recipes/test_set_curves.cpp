#include "runner/analysis/figures/recipes/test_set_curves.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"
#include "runner/analysis/statistics/sample/moments.h"

namespace deepobs {

PlotLimits curve_limits(std::span<const NamedCurve> curves, std::optional<double> target) {
  std::vector<double> all, counted;
  if (target && std::isfinite(*target)) counted.push_back(*target);
  for (const NamedCurve& curve : curves) {
    for (const double value : curve.middle)
      if (std::isfinite(value)) all.push_back(value);
    if (!curve.middle.empty() && std::isfinite(curve.middle.back())) counted.push_back(curve.middle.back());
  }
  if (!all.empty()) {
    counted.push_back(quantile(all, 0.2));
    counted.push_back(quantile(all, 0.8));
  }
  if (counted.empty()) return {1, 2};
  const auto [low, high] = std::minmax_element(counted.begin(), counted.end());
  PlotLimits limits{std::max(1e-10, 0.9 * *low), 1.1 * *high};
  // DeepOBS's measures are positive; where nothing is, its rule leaves no room.
  if (!(limits.high > limits.low) || !std::isfinite(limits.high))
    limits = {*low - std::abs(*low) / 10 - 1e-10, *high + std::abs(*high) / 10 + 1e-10};
  if (!std::isfinite(limits.low) || !std::isfinite(limits.high)) limits = {*low, *high};
  return limits.low < limits.high ? limits : PlotLimits{1, 2};
}

Figure test_set_curves(const std::string& title, std::span<const ProblemCurves> problems, const CurveWords& words,
                       const Looks& looks) {
  require(!problems.empty(), Fault::usage, "a figure of curves needs at least one problem, and none came");
  constexpr std::array names{"Test loss", "Train loss", "Test accuracy", "Train accuracy"};
  Figure figure{.title = title, .columns = problems.size()};
  const std::string target_label = "convergence performance";
  std::vector<const NamedCurve*> all;
  for (std::size_t row = 0; row < curve_rows; ++row) {
    const bool is_loss = row < 2;
    for (std::size_t i = 0; i < problems.size(); ++i) {
      const ProblemCurves& problem = problems[i];
      const std::vector<NamedCurve>& curves = problem.rows[row];
      Panel panel{.bad_edge = is_loss ? Edge::upper : Edge::lower, .empty_text = is_loss ? "no runs" : "no accuracy"};
      if (row == 0) panel.title = problem.title;
      if (i == 0) panel.y.label = names[row];
      if (row + 1 == curve_rows) panel.x.label = "Epoch";
      std::optional<double> target;
      if (!curves.empty() && static_cast<std::size_t>(problem.target_row) == row) target = problem.target;
      if (target) panel.rules.push_back({.at = *target, .label = target_label});
      for (const NamedCurve& curve : curves) {
        add_curve(figure, panel, looks, curve);
        all.push_back(&curve);
      }
      if (!curves.empty()) panel.y.limits = curve_limits(curves, target);
      figure.panels.push_back(std::move(panel));
    }
  }
  figure.description = "Losses and accuracies after each epoch, for each problem. " + curve_sentences(words, all);
  return figure;
}

}  // namespace deepobs
