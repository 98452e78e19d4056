#include "runner/analysis/figures/recipes/tuning.h"

#include <algorithm>
#include <cmath>

#include "runner/analysis/statistics/sample/moments.h"
#include "runner/results/text/counted.h"

namespace deepobs {
namespace {

Edge bad_edge_of(Better better) { return better == Better::smaller ? Edge::upper : Edge::lower; }

}  // namespace

Figure tuning_ranks(const std::string& title, std::span<const RankedSettings> optimizers, const std::string& metric,
                    Better better, const Looks& looks) {
  Figure figure{.title = title, .has_line_labels = true};
  Panel panel{.bad_edge = bad_edge_of(better), .empty_text = "no runs"};
  panel.x.label = "Rank of the setting";
  panel.y.label = metric;
  std::string counts;
  std::size_t diverged = 0;
  for (const RankedSettings& optimizer : optimizers) {
    struct Ranked {
      double mean;
      const std::vector<double>* seeds;
    };
    std::vector<Ranked> ranked;
    std::size_t runs = 0;
    for (const auto& seeds : optimizer.settings) {
      const std::vector<double> finite = finite_values(seeds);
      ranked.push_back({finite.empty() ? std::nan("") : moments_of(finite).mean, &seeds});
      runs += seeds.size();
      diverged += seeds.size() - finite.size();
    }
    std::stable_sort(ranked.begin(), ranked.end(), [&](const Ranked& a, const Ranked& b) {
      return as_cost(a.mean, better) < as_cost(b.mean, better);
    });
    const SeriesIndex series = series_of(figure, looks, optimizer.optimizer);
    PlotLine line{.series = series};
    PlotPoints points{.series = series, .is_small = true};
    for (std::size_t i = 0; i < ranked.size(); ++i) {
      const double rank = static_cast<double>(i + 1);
      line.x.push_back(rank);
      line.y.push_back(ranked[i].mean);
      for (const double value : *ranked[i].seeds) {
        points.x.push_back(rank);
        points.y.push_back(std::isfinite(value) ? value : std::nan(""));
      }
    }
    panel.lines.push_back(std::move(line));
    panel.points.push_back(std::move(points));
    counts += (counts.empty() ? "" : ", ") + optimizer.optimizer + " " +
              counted(static_cast<std::int64_t>(ranked.size()), "setting") + " and " +
              counted(static_cast<std::int64_t>(runs), "run");
  }
  figure.panels.push_back(std::move(panel));
  figure.description =
      metric + " of all settings, from the best mean on. Small marks: one run each; lines: means of " +
      "the runs that did not diverge; crosses at the edge: " + counted(static_cast<std::int64_t>(diverged), "run") +
      " that diverged. There are no intervals." + (counts.empty() ? "" : " " + counts + ".");
  return figure;
}

Figure tuning_curves(const std::string& title, std::span<const NamedCurve> curves, const std::string& metric,
                     Better better, const CurveWords& words, const Looks& looks) {
  Figure figure{.title = title, .has_line_labels = true};
  Panel panel{.bad_edge = bad_edge_of(better), .empty_text = "no runs"};
  panel.x.label = "Settings tried";
  panel.y.label = metric;
  std::vector<const NamedCurve*> all;
  for (const NamedCurve& curve : curves) {
    add_curve(figure, panel, looks, curve);
    all.push_back(&curve);
  }
  figure.panels.push_back(std::move(panel));
  figure.description = metric + " against the number of settings that were tried. " + curve_sentences(words, all);
  return figure;
}

}  // namespace deepobs
