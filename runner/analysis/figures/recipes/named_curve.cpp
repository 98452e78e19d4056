#include "runner/analysis/figures/recipes/named_curve.h"

#include <algorithm>

namespace deepobs {

SeriesIndex series_of(Figure& figure, const Looks& looks, const std::string& name) {
  const auto found =
      std::find_if(figure.series.begin(), figure.series.end(), [&](const Series& one) { return one.name == name; });
  if (found != figure.series.end()) return static_cast<SeriesIndex>(found - figure.series.begin());
  figure.series.push_back({name, looks.of(name)});
  return figure.series.size() - 1;
}

void add_curve(Figure& figure, Panel& panel, const Looks& looks, const NamedCurve& curve, bool is_step) {
  const SeriesIndex series = series_of(figure, looks, curve.optimizer);
  panel.lines.push_back({series, curve.x, curve.middle, is_step});
  if (!curve.low.empty()) panel.bands.push_back({series, curve.x, curve.low, curve.high, is_step});
}

std::string curve_sentences(const CurveWords& words, const std::vector<const NamedCurve*>& curves) {
  struct Runs {
    std::string optimizer;
    std::size_t least, diverged;
  };
  std::vector<Runs> all;
  bool has_band = false;
  for (const NamedCurve* curve : curves) {
    has_band = has_band || !curve->low.empty();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Runs& one) { return one.optimizer == curve->optimizer; });
    if (found == all.end()) {
      all.push_back({curve->optimizer, curve->n, curve->n_diverged});
    } else {
      found->least = std::min(found->least, curve->n);
      found->diverged = std::max(found->diverged, curve->n_diverged);
    }
  }
  std::string text = "Lines: " + words.statistic;
  text += has_band ? "; bands: " + words.interval + "." : "; there are no bands.";
  for (std::size_t i = 0; i < all.size(); ++i) {
    text += (i == 0 ? " Runs: " : ", ") + all[i].optimizer + " " + std::to_string(all[i].least);
    if (all[i].diverged > 0) text += " (" + std::to_string(all[i].diverged) + " diverged)";
  }
  return all.empty() ? text : text + ".";
}

}  // namespace deepobs
