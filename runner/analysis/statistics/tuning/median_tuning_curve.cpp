#include "runner/analysis/statistics/tuning/median_tuning_curve.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/estimate.h"
#include "runner/analysis/statistics/tuning/cdf_band.h"

namespace deepobs {

MedianTuningCurve median_tuning_curve(std::span<const double> values, Better better, Search search, CdfBandKind kind,
                                      std::span<const std::size_t> budgets, double level) {
  require(
      search == Search::random, Fault::usage, "a median tuning curve with its band is that of a random search; the ",
      search == Search::grid ? "points of a grid are not drawn at random: take the expected best of random subsets (U)"
                             : "trials of a model depend on those before: there is no such curve of one search");
  require(!values.empty(), Fault::usage, "the tuning curve of no trials was asked for");
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::size_t n = values.size();
  MedianTuningCurve curve{.budgets = {budgets.begin(), budgets.end()}, .n = n, .level = level};
  if (budgets.empty()) {
    curve.budgets.resize(n);
    std::iota(curve.budgets.begin(), curve.budgets.end(), std::size_t{1});
  }
  std::vector<double> costs;  // from the worst to the best
  for (const double value : values) {
    costs.push_back(as_cost(value, better));
    curve.n_diverged += !std::isfinite(value);
  }
  std::ranges::sort(costs, std::greater());

  const CdfBand band = kind == CdfBandKind::dkw ? dkw_band(n, level) : order_statistics_band(n, level);
  std::size_t unbounded = 0;
  for (const std::size_t k : curve.budgets) {
    require(k > 0, Fault::usage, "the best of 0 trials was asked for; budgets begin with 1");
    const double q = std::pow(0.5, 1 / static_cast<double>(k));
    const auto place = static_cast<std::size_t>(std::ceil(q * static_cast<double>(n)));
    // The band's inverse: the first value at which its upper bound is q already, and the first where the lower one is.
    const auto upper = static_cast<std::size_t>(std::ranges::lower_bound(band.high, q) - band.high.begin());
    const auto lower = static_cast<std::size_t>(std::ranges::lower_bound(band.low, q) - band.low.begin());
    const double worst = upper == 0 ? infinity : costs[upper - 1], best = lower == n ? -infinity : costs[lower];
    curve.values.push_back(from_cost(costs[place - 1], better));
    curve.low.push_back(better == Better::smaller ? best : -worst);
    curve.high.push_back(better == Better::smaller ? worst : -best);
    unbounded += lower == n;
  }
  curve.rule = text("median of the best of k, from ", count_text(n, "trial"), " of a random search, simultaneous ",
                    percent_text(level), " band (",
                    kind == CdfBandKind::dkw ? "Dvoretzky-Kiefer-Wolfowitz" : "Learned-Miller and DeStefano", ")");
  if (curve.n_diverged > 0)
    curve.caveat = text("Of ", count_text(n, "trial"), " ", curve.n_diverged, " diverged and count as worse than all.");
  if (unbounded > 0)
    add_sentence(curve.caveat, text(count_text(n, "trial"), " cannot tell how good the best of k can get for ",
                                    unbounded, " of the ", curve.budgets.size(), " budgets."));
  return curve;
}

}  // namespace deepobs
