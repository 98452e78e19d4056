#include "runner/analysis/statistics/tuning/cdf_band.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/estimate.h"
#include "runner/analysis/statistics/numbers/root.h"
#include "runner/analysis/statistics/numbers/special_functions.h"

namespace deepobs {
namespace {

void require_band(std::size_t n, double level) {
  require_level(level);
  require(n > 0, Fault::usage, "the distribution of no values was asked for");
}

/// Equal-tailed intervals of the order statistics, each with the level of its own.
CdfBand pointwise(std::size_t n, double level) {
  CdfBand band{.low = std::vector<double>(n), .high = std::vector<double>(n)};
  for (std::size_t i = 0; i < n; ++i) {
    band.low[i] = beta_quantile((1 - level) / 2, static_cast<double>(i + 1), static_cast<double>(n - i));
    band.high[n - 1 - i] = 1 - band.low[i];  // by symmetry
  }
  return band;
}

}  // namespace

CdfBand dkw_band(std::size_t n, double level) {
  require_band(n, level);
  const auto count = static_cast<double>(n);
  const double half = std::sqrt(std::log(2 / (1 - level)) / (2 * count));
  CdfBand band;
  for (std::size_t i = 0; i < n; ++i) {
    band.low.push_back(std::max(static_cast<double>(i + 1) / count - half, 0.));
    band.high.push_back(std::min(static_cast<double>(i) / count + half, 1.));
  }
  return band;
}

CdfBand order_statistics_band(std::size_t n, double level) {
  require_band(n, level);
  if (n == 1) return pointwise(n, level);
  // At least the level itself is needed for one of them; with Bonferroni's, all hold.
  const double chance = root_between(
      [&](double miss) {
        const CdfBand band = pointwise(n, 1 - miss);
        return band_coverage(band.low, band.high) - level;
      },
      (1 - level) / static_cast<double>(n), 1 - level);
  return pointwise(n, 1 - chance);
}

double band_coverage(std::span<const double> low, std::span<const double> high) {
  const std::size_t n = low.size();
  require(n > 0 && high.size() == n, Fault::usage, "a band has as many lower as upper bounds, one or more; it has ", n,
          " and ", high.size());
  for (std::size_t i = 0; i < n; ++i)
    require(low[i] >= 0 && high[i] <= 1 && (i == 0 || (low[i - 1] <= low[i] && high[i - 1] <= high[i])), Fault::usage,
            "bounds ascend between 0 and 1; those of value ", i, " are ", low[i], " and ", high[i]);
  // counts[c]: the chance of c values so far, without having left the band. Just before low[i] there may be i values at
  // most, at high[i] there must be i + 1 at least.
  std::vector<double> counts(n + 1, 0), next(n + 1, 0);
  counts[0] = 1;
  std::size_t least = 0, most = 0, lows = 0, highs = 0;
  double now = 0;
  while (lows < n || highs < n || now < 1) {
    const double next_low = lows < n ? low[lows] : 1, next_high = highs < n ? high[highs] : 1;
    // In steps so small that no chance of the process is below all doubles.
    const double then = std::min({next_low, next_high, now + 64 / static_cast<double>(n)});
    // How many come in between, where chances below any digit of the result are left out.
    const double mean = static_cast<double>(n) * (then - now);
    const std::size_t most_then = lows < n ? lows : n;
    for (std::size_t c = least; c <= most_then; ++c) next[c] = 0;
    double chance = std::exp(-mean);
    for (std::size_t come = 0; come <= most_then - std::min(least, most_then); ++come) {
      for (std::size_t c = least; c <= most && c + come <= most_then; ++c) next[c + come] += counts[c] * chance;
      chance *= mean / static_cast<double>(come + 1);
      if (chance < 1e-30 && static_cast<double>(come) > mean) break;
    }
    counts.swap(next);
    most = most_then;
    now = then;
    // The bounds that are passed at this point. A lower one only lets one value more come from here on.
    if (highs < n && next_high == then) {
      ++highs;
      for (; least < highs; ++least) counts[least] = 0;
      if (least > most) return 0;
    } else if (lows < n && next_low == then) {
      ++lows;
    }
  }
  const auto count = static_cast<double>(n);
  return counts[n] / std::exp(count * std::log(count) - count - log_factorial(n));
}

}  // namespace deepobs
