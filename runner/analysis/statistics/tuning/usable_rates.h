#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "runner/analysis/statistics/numbers/better.h"

namespace deepobs {

/// The runs with one learning rate.
struct RateRuns {
  double rate = 0;
  std::vector<double> values;  ///< the final value of each seed
};

/// How wide the choice of the learning rate is.
struct UsableRates {
  double best = std::numeric_limits<double>::quiet_NaN();  ///< the rate with the best mean
  double low = std::numeric_limits<double>::quiet_NaN();   ///< the smallest usable rate around it
  double high = std::numeric_limits<double>::quiet_NaN();
  double decades = std::numeric_limits<double>::quiet_NaN();  ///< log10(high / low)
  bool at_low_end = false, at_high_end = false;               ///< it may go on beyond the grid: a lower bound
  std::size_t n = 0, n_diverged = 0;                          ///< rates, and those among them with a run that diverged
  std::string rule{}, caveat{};
};

/// The rates around the best one, neighbours in the grid without a gap, of which no run diverged and whose mean closes
/// the gap from `start`, the value at epoch 0, to the best mean but for `tolerance` at most (gap.h: losses by their
/// logarithms). The rates may come in any order. NaN where every rate has a run that diverged, or none is better than
/// the start.
/// Errors: usage, for no rates, one that is not positive and finite, two equal ones, one without runs, a start that is
/// not finite, a tolerance outside [0, 1).
UsableRates usable_rates(std::span<const RateRuns> rates, Better better, double start, double tolerance = 0.05);

}  // namespace deepobs
