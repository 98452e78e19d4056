#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runner/analysis/figures/model/figure.h"

namespace deepobs {

/// An optimizer's curve with its band, and of how many runs it is made. Without a band `low` and `high` are empty.
struct NamedCurve {
  std::string optimizer{};
  std::vector<double> x{}, middle{}, low{}, high{};
  std::size_t n = 0, n_diverged = 0;
};

/// An optimizer's values: of its runs, or of the seeds of one setting.
struct NamedValues {
  std::string optimizer{};
  std::vector<double> values{};
};

/// What a curve and its band are, in words: "mean of the runs", "pointwise 95 % t interval".
struct CurveWords {
  std::string statistic{};
  std::string interval{};  ///< empty where there are no bands
};

/// The figure's series of that name; a new one, with its look, where there is none.
SeriesIndex series_of(Figure& figure, const Looks& looks, const std::string& name);

/// Puts a curve and its band into a panel.
void add_curve(Figure& figure, Panel& panel, const Looks& looks, const NamedCurve& curve, bool is_step = false);

/// "Lines: mean of the runs; bands: pointwise 95 % t interval. Runs: SGD 10, Adam 10 (1 diverged)." Of each optimizer the
/// curve with the fewest runs counts, and the largest number of diverged ones.
std::string curve_sentences(const CurveWords& words, const std::vector<const NamedCurve*>& curves);

}  // namespace deepobs
