#include "runner/analysis/statistics/scores/gap.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"
#include "runner/analysis/statistics/sample/moments.h"

namespace deepobs {

GapScale gap_scale(double start, double best, Better better, std::span<const double> values) {
  require(std::isfinite(start) && std::isfinite(best), Fault::usage, "a gap lies between finite values, and ", start,
          " and ", best, " came");
  require(as_cost(best, better) < as_cost(start, better), Fault::usage, "the best value, ", best,
          ", is not better than that at the start, ", start,
          ": there is no gap to close; leave this problem out of normalised scores");
  const bool positive =
      start > 0 && best > 0 && std::ranges::all_of(values, [](double v) { return v > 0 || !std::isfinite(v); });
  return {start, best, better == Better::smaller && positive};
}

double gap_closed(double value, const GapScale& scale) {
  if (!std::isfinite(value)) return -std::numeric_limits<double>::infinity();
  // The difference, or the ratio, of extreme values leaves the range of double.
  const long double start = scale.start, best = scale.best;
  if (!scale.logarithmic) return static_cast<double>((value - start) / (best - start));
  require(value > 0, Fault::usage, "a logarithmic gap was measured with the value ", value,
          "; give all values to gap_scale()");
  return static_cast<double>(std::log(value / start) / std::log(best / start));
}

double value_at_gap(double share, const GapScale& scale) {
  if (share == 1) return scale.best;
  const long double start = scale.start, best = scale.best;
  return static_cast<double>(scale.logarithmic ? start * std::pow(best / start, static_cast<long double>(share))
                                               : start + share * (best - start));
}

Estimate optimality_gap(std::span<const double> scores) {
  require(!scores.empty(), Fault::usage, "the optimality gap of no scores was asked for");
  std::vector<double> reached = finite_values(scores);
  for (double& score : reached) score = std::min(score, 1.);
  Estimate gap{.value = 1 - moments_of(reached).mean, .n = scores.size(), .n_diverged = scores.size() - reached.size()};
  gap.rule = "optimality gap: 1 - mean of the gaps closed, each 1 at most";
  if (gap.n_diverged > 0)
    gap.caveat = text("Of ", count_text(gap.n, "run"), " ", gap.n_diverged, " diverged and are no part of the mean.");
  return gap;
}

}  // namespace deepobs
