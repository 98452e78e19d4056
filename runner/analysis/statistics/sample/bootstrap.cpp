#include "runner/analysis/statistics/sample/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/resampling.h"
#include "runner/analysis/statistics/numbers/special_functions.h"
#include "runner/analysis/statistics/sample/moments.h"

namespace deepobs {
namespace {

/// n^n where that is at most `most`, else 0: then resamples are drawn.
std::size_t all_resamples(std::size_t n, std::size_t most) {
  std::size_t count = 1;
  for (std::size_t i = 0; i < n; ++i) {
    if (count > most / n) return 0;
    count *= n;
  }
  return count;
}

void require_resamples(const BootstrapOptions& options) {
  require_level(options.level);
  require(options.resamples > 0, Fault::usage, "a bootstrap of no resamples was asked for; 10000 are usual");
}

double checked(double value, const std::string& name) {
  require(!std::isnan(value), Fault::usage, "the ", name,
          " of a resample is NaN: count diverged runs as infinity, or leave them out");
  return value;
}

/// The quantile of sorted statistics: of all resamples that there are, as if each came in an endless row of draws.
double distribution_quantile(std::span<const double> sorted, double q, std::size_t n, const BootstrapOptions& options) {
  if (all_resamples(n, options.most_enumerated) == 0) return quantile_of_sorted(sorted, q);
  const double count = static_cast<double>(sorted.size());
  const auto place = static_cast<std::size_t>(std::clamp(std::ceil(q * count), 1., count));
  return sorted[place - 1];
}

std::string resamples_text(std::size_t n, const BootstrapOptions& options) {
  const std::size_t all = all_resamples(n, options.most_enumerated);
  return all > 0 ? text("all ", all, " resamples") : text(options.resamples, " resamples, seed ", options.seed);
}

/// Estimate and rule without the interval.
Estimate start(std::span<const double> values, const Statistic& statistic, const std::string& kind,
               const BootstrapOptions& options) {
  require_resamples(options);
  require(!values.empty(), Fault::usage, "a bootstrap of no values was asked for");
  Estimate estimate{.value = checked(statistic.of(values), statistic.name), .n = values.size()};
  for (const double value : values) estimate.n_diverged += !std::isfinite(value);
  estimate.rule = text(statistic.name, ", ", percent_text(options.level), " ", kind, " bootstrap interval (",
                       resamples_text(values.size(), options), ")");
  if (values.size() == 1)
    estimate.caveat = "1 run cannot tell how far runs spread: there is no interval; two runs are the least.";
  else if (values.size() < 20)
    estimate.caveat = text("A bootstrap of ", values.size(),
                           " runs covers less than it says: for so few the t interval is the honest one.");
  return estimate;
}

}  // namespace

std::vector<double> bootstrap_distribution(std::span<const double> values, const Statistic& statistic,
                                           const BootstrapOptions& options) {
  require_resamples(options);
  require(!values.empty(), Fault::usage, "a bootstrap of no values was asked for");
  const std::size_t n = values.size(), all = all_resamples(n, options.most_enumerated);
  std::vector<double> resample(n), distribution(all > 0 ? all : options.resamples);
  if (all > 0) {
    std::vector<std::size_t> digits(n, 0);  // of the number of the resample to the base n
    for (double& one : distribution) {
      for (std::size_t i = 0; i < n; ++i) resample[i] = values[digits[i]];
      one = checked(statistic.of(resample), statistic.name);
      for (std::size_t i = n; i-- > 0 && ++digits[i] == n;) digits[i] = 0;
    }
  } else {
    Resampling random(options.seed, Draw::bootstrap);
    for (double& one : distribution) {
      for (double& value : resample) value = values[random.below(static_cast<std::uint32_t>(n))];
      one = checked(statistic.of(resample), statistic.name);
    }
  }
  std::ranges::sort(distribution);
  return distribution;
}

Interval percentile_interval(std::span<const double> sorted, double level) {
  require_level(level);
  return {quantile_of_sorted(sorted, (1 - level) / 2), quantile_of_sorted(sorted, (1 + level) / 2), level};
}

Estimate bootstrap_percentile(std::span<const double> values, const Statistic& statistic,
                              const BootstrapOptions& options) {
  Estimate estimate = start(values, statistic, "percentile", options);
  if (values.size() == 1) return estimate;
  const std::vector<double> distribution = bootstrap_distribution(values, statistic, options);
  const auto at = [&](double q) { return distribution_quantile(distribution, q, values.size(), options); };
  estimate.interval = Interval{at((1 - options.level) / 2), at((1 + options.level) / 2), options.level};
  return estimate;
}

Estimate bootstrap_bca(std::span<const double> values, const Statistic& statistic, const BootstrapOptions& options) {
  Estimate estimate = start(values, statistic, "BCa", options);
  if (values.size() == 1) return estimate;
  const std::vector<double> distribution = bootstrap_distribution(values, statistic, options);
  const auto below = std::ranges::lower_bound(distribution, estimate.value) - distribution.begin();
  const auto at_most = std::ranges::upper_bound(distribution, estimate.value) - distribution.begin();
  const double share = static_cast<double>(below + at_most) / (2 * static_cast<double>(distribution.size()));

  std::vector<double> others(values.begin() + 1, values.end()), without;  // statistics without one value each
  for (std::size_t i = 0; i < values.size(); ++i) {
    without.push_back(checked(statistic.of(others), statistic.name));
    if (i < others.size()) others[i] = values[i];
  }
  double squares = 0, cubes = 0;
  if (std::ranges::all_of(without, [](double one) { return std::isfinite(one); })) {
    const double mean = moments_of(without).mean;
    for (const double one : without) {
      const double u = mean - one;
      squares += u * u;
      cubes += u * u * u;
    }
  }
  const double acceleration = cubes / (6 * std::pow(squares, 1.5));
  const auto level_at = [&](double z0, double z) {
    const double slope = 1 - acceleration * (z0 + z);
    return slope > 0 ? normal_below(z0 + (z0 + z) / slope) : std::numeric_limits<double>::quiet_NaN();
  };
  if (share > 0 && share < 1 && std::isfinite(acceleration)) {
    const double z0 = standard_normal_quantile(share), z = standard_normal_quantile((1 + options.level) / 2);
    const double low = level_at(z0, -z), high = level_at(z0, z);
    if (!std::isnan(low) && !std::isnan(high)) {
      const auto at = [&](double q) { return distribution_quantile(distribution, q, values.size(), options); };
      estimate.interval = Interval{at(low), at(high), options.level};
      return estimate;
    }
  }
  add_sentence(estimate.caveat,
               text("The ", statistic.name, " of these runs has no bias correction or no acceleration (",
                    "do all runs have the same value?): there is no BCa interval."));
  return estimate;
}

Estimate stratified_bootstrap(std::span<const std::vector<double>> problems, const StratifiedStatistic& statistic,
                              Strata strata, const BootstrapOptions& options) {
  require_resamples(options);
  require(!problems.empty(), Fault::usage, "a stratified bootstrap of no problems was asked for");
  Estimate estimate;
  std::size_t fewest = problems[0].size();
  for (const std::vector<double>& runs : problems) {
    require(!runs.empty(), Fault::usage, "problem ", &runs - problems.data(),
            " of a stratified bootstrap has no runs; leave it out");
    for (const double value : runs) estimate.n_diverged += !std::isfinite(value);
    estimate.n += runs.size();
    fewest = std::min(fewest, runs.size());
  }
  estimate.value = checked(statistic.of(problems), statistic.name);
  const bool draws_problems = strata == Strata::resampled;
  estimate.rule =
      text(statistic.name, ", ", percent_text(options.level), " stratified bootstrap interval (runs resampled within ",
           count_text(problems.size(), "problem"), draws_problems ? ", problems resampled too; " : "; ",
           options.resamples, " resamples, seed ", options.seed, ")");
  if (fewest < 2)
    add_sentence(estimate.caveat, "A problem has a single run, whose spread is not seen: the interval is too narrow.");
  if (draws_problems && problems.size() < 2)
    add_sentence(estimate.caveat, "1 problem cannot tell how problems differ.");

  Resampling random(options.seed, Draw::bootstrap);
  std::vector<std::vector<double>> resample(problems.begin(), problems.end());
  std::vector<double> distribution(options.resamples);
  for (double& one : distribution) {
    for (std::size_t p = 0; p < problems.size(); ++p) {
      const std::size_t from = draws_problems ? random.below(static_cast<std::uint32_t>(problems.size())) : p;
      const std::vector<double>& runs = problems[from];
      resample[p].resize(runs.size());
      for (double& value : resample[p]) value = runs[random.below(static_cast<std::uint32_t>(runs.size()))];
    }
    one = checked(statistic.of(resample), statistic.name);
  }
  std::ranges::sort(distribution);
  estimate.interval = percentile_interval(distribution, options.level);
  return estimate;
}

Statistic mean_statistic() {
  return {"mean", [](std::span<const double> values) {
            double sum = 0;
            for (const double value : values) sum += value;
            return sum / static_cast<double>(values.size());
          }};
}

}  // namespace deepobs
