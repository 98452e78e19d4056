#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "runner/analysis/statistics/numbers/better.h"

namespace deepobs {

/// How the trials were found.
enum class Search {
  random,  ///< independent draws of one distribution
  grid,
  model,  ///< each depends on those before: Gaussian processes and the like
};

enum class CdfBandKind { dkw, order_statistics };

struct MedianTuningCurve {
  std::vector<std::size_t> budgets{};  ///< k
  std::vector<double> values{};        ///< the median of the best of k
  std::vector<double> low{}, high{};   ///< as numbers, low <= high; infinite where the trials bound nothing
  std::size_t n = 0, n_diverged = 0;
  double level = 0;
  std::string rule{}, caveat{};
};

/// The median of the best of k trials, F^-1(2^(-1/k)) of the empirical distribution F of values that are better the
/// larger they are, and a band that holds for all k at once with the level: that of F (cdf_band.h), read at the same
/// quantile. Where two values are medians (k = 1, an even number of trials) it is the worse one. Trials that diverged are
/// worse than all others: that is all the median needs to know. Empty budgets are 1, 2 ... n.
/// Errors: usage, for no trials, a budget of 0, a level outside (0, 1), and for trials that are no random search: those
/// of a grid or a model are not independent draws, and have no such band; tuning_curve() takes a grid.
/// Source: Lourie, Cho, He, "Show your work with confidence: confidence bands for tuning curves", NAACL 2024.
MedianTuningCurve median_tuning_curve(std::span<const double> values, Better better, Search search,
                                      CdfBandKind kind = CdfBandKind::order_statistics,
                                      std::span<const std::size_t> budgets = {}, double level = 0.95);

}  // namespace deepobs
