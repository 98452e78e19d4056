#include "runner/analysis/figures/recipes/time_to_target.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"
#include "runner/analysis/figures/model/ticks.h"
#include "runner/analysis/statistics/numbers/estimate.h"
#include "runner/results/text/counted.h"

namespace deepobs {

Figure survival_figure(const std::string& title, std::span<const NamedCurve> curves, const std::string& target,
                       double level, const Looks& looks) {
  Figure figure{.title = title, .has_line_labels = true};
  Panel panel{.empty_text = "no runs"};
  panel.x.label = "Epoch";
  panel.y = {.label = "Share not there yet", .limits = PlotLimits{0, 1}};
  std::string runs;
  for (const NamedCurve& curve : curves) {
    NamedCurve from_start = curve;
    for (auto* list : {&from_start.middle, &from_start.low, &from_start.high})
      if (!list->empty() || list == &from_start.middle) list->insert(list->begin(), 1);
    from_start.x.insert(from_start.x.begin(), 0);
    add_curve(figure, panel, looks, from_start, true);
    runs += (runs.empty() ? " Runs: " : ", ") + curve.optimizer + " " + std::to_string(curve.n);
    if (curve.n_diverged > 0) runs += " (" + std::to_string(curve.n_diverged) + " never got there)";
  }
  figure.panels.push_back(std::move(panel));
  figure.description = "Share of runs that have not reached the target " + target +
                       " after each epoch. Lines: Kaplan and Meier's estimate; bands: pointwise " +
                       percent_text(level) + " intervals by Greenwood's formula." + (runs.empty() ? "" : runs + ".");
  return figure;
}

Figure profile_figure(const std::string& title, std::span<const ProfileRatios> optimizers, double largest_ratio,
                      const Looks& looks) {
  require(largest_ratio > 1 && std::isfinite(largest_ratio), Fault::usage,
          "the largest ratio of a performance profile is above 1, and ", largest_ratio, " came");
  Figure figure{.title = title, .has_line_labels = true};
  Panel panel{.empty_text = "no problems"};
  panel.x = {.label = "Time over that of the fastest", .limits = PlotLimits{1, largest_ratio}};
  panel.y = {.label = "Share of problems", .limits = PlotLimits{0, 1}};
  std::string scores;
  std::size_t problems = 0;
  for (const ProfileRatios& one : optimizers) {
    std::vector<double> ratios;
    for (const double ratio : one.ratios)
      if (ratio <= largest_ratio) ratios.push_back(ratio);
    std::sort(ratios.begin(), ratios.end());
    PlotLine line{.series = series_of(figure, looks, one.optimizer), .is_step = true};
    const double count = static_cast<double>(std::max<std::size_t>(one.ratios.size(), 1));
    line.x.push_back(1);
    line.y.push_back(static_cast<double>(std::upper_bound(ratios.begin(), ratios.end(), 1.) - ratios.begin()) / count);
    for (std::size_t i = 0; i < ratios.size(); ++i) {
      if (ratios[i] <= 1 || (i + 1 < ratios.size() && ratios[i + 1] == ratios[i])) continue;
      line.x.push_back(ratios[i]);
      line.y.push_back(static_cast<double>(i + 1) / count);
    }
    line.x.push_back(largest_ratio);
    line.y.push_back(static_cast<double>(ratios.size()) / count);
    panel.lines.push_back(std::move(line));
    problems = std::max(problems, one.ratios.size());
    scores += (scores.empty() ? " Scores, the mean share over all factors: " : ", ") + one.optimizer + " " +
              tick_text(one.score, 3);
  }
  figure.panels.push_back(std::move(panel));
  figure.description =
      "Share of " + counted(static_cast<std::int64_t>(problems), "problem") +
      " on which an optimizer reaches the target within a factor of the fastest one's time. There are " +
      "no intervals." + (scores.empty() ? "" : scores + ".");
  return figure;
}

}  // namespace deepobs
