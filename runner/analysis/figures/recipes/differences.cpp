#include "runner/analysis/figures/recipes/differences.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"
#include "engine/base/printable.h"

namespace deepobs {

Figure differences_figure(const std::string& title, std::span<const DifferenceRow> rows, const std::string& metric) {
  Figure figure{.title = title};
  figure.series = {{"each seed", {.colour = {Palette::six, 0}, .marker = Marker::circle}},
                   {"mean with interval", {.colour = {Palette::six, 2}, .marker = Marker::diamond}}};
  Panel panel{.empty_text = "no pairs"};
  panel.x.label = "Difference of " + metric + ", right: the first is better";
  PlotPoints seeds{.series = 0, .is_small = true};
  PlotIntervals means{.series = 1, .is_horizontal = true};
  std::size_t infinite = 0, least = 0, most = 0;
  std::string level;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const DifferenceRow& row = rows[i];
    const double y = static_cast<double>(rows.size() - i);
    panel.y.names.push_back({y, row.name});
    for (const double difference : row.differences) {
      require(!std::isnan(difference), Fault::usage, "a paired difference of ", printable(row.name), " is NaN");
      if (std::isinf(difference)) {
        ++infinite;
        continue;
      }
      seeds.x.push_back(difference);
      seeds.y.push_back(y - 0.2);
    }
    least = i == 0 ? row.differences.size() : std::min(least, row.differences.size());
    most = std::max(most, row.differences.size());
    means.at.push_back(y);
    means.value.push_back(row.mean.value);
    means.low.push_back(row.mean.interval ? row.mean.interval->low : std::nan(""));
    means.high.push_back(row.mean.interval ? row.mean.interval->high : std::nan(""));
    if (row.mean.interval) level = percent_text(row.mean.interval->level);
  }
  if (!rows.empty()) {
    panel.rules.push_back({0, true, "no difference"});
    panel.points.push_back(std::move(seeds));
    panel.intervals.push_back(std::move(means));
  }
  figure.panels.push_back(std::move(panel));
  figure.description = "Differences of " + metric +
                       " at the same seed, positive where the first optimizer is better; " + std::to_string(least) +
                       (least == most ? "" : " to " + std::to_string(most)) +
                       " pairs a row. Large marks: means of the finite differences; whiskers: " +
                       (level.empty() ? "none, the pairs are too few." : level + " intervals of the mean.");
  if (infinite > 0) figure.description += " Not drawn: " + count_text(infinite, "pair") + " of which one run diverged.";
  return figure;
}

}  // namespace deepobs
