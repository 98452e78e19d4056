#include "runner/analysis/statistics/scores/performance_profile.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/resampling.h"
#include "runner/analysis/statistics/sample/moments.h"

namespace deepobs {

PerformanceProfile performance_profile(std::span<const std::vector<double>> times, double largest_ratio) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  require(largest_ratio > 1 && std::isfinite(largest_ratio), Fault::usage,
          "the largest ratio of a performance profile is above 1, and ", largest_ratio, " came");
  require(!times.empty() && !times[0].empty(), Fault::usage,
          "a performance profile of no optimizers or problems was asked for");
  const std::size_t problems = times[0].size();
  PerformanceProfile profile{.largest_ratio = largest_ratio};
  std::vector<double> fastest(problems, infinity);
  for (const std::vector<double>& row : times) {
    require(row.size() == problems, Fault::usage,
            "all optimizers of a performance profile have times on the same problems; one has ", problems, ", another ",
            row.size());
    for (std::size_t p = 0; p < problems; ++p) {
      require(!(row[p] < 0), Fault::usage, "a time to target is not negative, and ", row[p], " came");
      if (row[p] < fastest[p]) fastest[p] = row[p];  // NaN is in no order: missed
    }
  }
  for (const std::vector<double>& row : times) {
    std::vector<double>& ratios = profile.ratios.emplace_back(problems, infinity);
    long double sum = 0;
    for (std::size_t p = 0; p < problems; ++p) {
      if (!std::isfinite(row[p])) continue;
      const double ratio = row[p] == fastest[p] ? 1 : row[p] / fastest[p];
      if (ratio > largest_ratio) continue;
      ratios[p] = ratio;
      sum += (largest_ratio - ratio) / (largest_ratio - 1);
    }
    profile.scores.push_back(static_cast<double>(sum / static_cast<long double>(problems)));
  }
  for (std::size_t p = 0; p < problems; ++p)
    if (std::isinf(fastest[p])) profile.unsolved.push_back(p);
  profile.rule = text("performance profile over ", count_text(problems, "problem"),
                      "; score: its mean over ratios to the fastest from 1 to ", largest_ratio);
  profile.caveat =
      "Ratios are to the fastest of these optimizers: one more or less can change the order of the others.";
  if (!profile.unsolved.empty())
    add_sentence(profile.caveat, text("On ", count_text(profile.unsolved.size(), "problem"), " of ", problems,
                                      " nobody reached the target: that counts 0 for all."));
  return profile;
}

std::vector<Estimate> profile_scores(std::span<const std::vector<std::vector<double>>> times, double largest_ratio,
                                     Strata strata, const BootstrapOptions& options) {
  require_level(options.level);
  require(options.resamples > 0, Fault::usage, "a bootstrap of no resamples was asked for; 10000 are usual");
  const std::size_t optimizers = times.size(), problems = times.empty() ? 0 : times[0].size();
  std::vector<Estimate> estimates(optimizers);
  std::vector<std::vector<std::vector<double>>> clean(times.begin(), times.end());
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  for (std::size_t i = 0; i < optimizers; ++i) {
    require(times[i].size() == problems, Fault::usage,
            "all optimizers of a performance profile have times on the same problems; one has ", problems, ", another ",
            times[i].size());
    for (std::vector<double>& seeds : clean[i]) {
      require(!seeds.empty(), Fault::usage, "optimizer ", i, " has no times on a problem; leave the problem out");
      fewest = std::min(fewest, seeds.size());
      estimates[i].n += seeds.size();
      for (double& time : seeds) {
        if (!std::isfinite(time)) time = std::numeric_limits<double>::infinity();
        estimates[i].n_diverged += std::isinf(time);
      }
    }
  }

  Resampling random(options.seed, Draw::profiles);
  std::vector<std::vector<double>> medians(optimizers, std::vector<double>(problems));
  std::vector<double> drawn;
  const auto scores = [&](bool draws) {
    for (std::size_t p = 0; p < problems; ++p) {
      const std::size_t problem =
          draws && strata == Strata::resampled ? random.below(static_cast<std::uint32_t>(problems)) : p;
      for (std::size_t i = 0; i < optimizers; ++i) {
        drawn = clean[i][problem];
        if (draws)
          for (double& time : drawn) time = clean[i][problem][random.below(static_cast<std::uint32_t>(drawn.size()))];
        medians[i][p] = quantile(drawn, 0.5);
      }
    }
    return performance_profile(medians, largest_ratio).scores;
  };
  const std::vector<double> all = scores(false);
  std::vector<std::vector<double>> distributions(optimizers);
  for (std::size_t resample = 0; resample < options.resamples; ++resample) {
    const std::vector<double> some = scores(true);
    for (std::size_t i = 0; i < optimizers; ++i) distributions[i].push_back(some[i]);
  }
  for (std::size_t i = 0; i < optimizers; ++i) {
    Estimate& estimate = estimates[i];
    estimate.value = all[i];
    std::ranges::sort(distributions[i]);
    estimate.interval = percentile_interval(distributions[i], options.level);
    estimate.rule = text("performance profile score of median times, ratios up to ", largest_ratio, ", ",
                         percent_text(options.level), " bootstrap interval, seeds resampled within ",
                         count_text(problems, "problem"), strata == Strata::resampled ? ", problems resampled too" : "",
                         " (", options.resamples, " resamples, seed ", options.seed, ")");
    if (fewest < 5)
      estimate.caveat =
          text("A problem has ", count_text(fewest, "time"), " of an optimizer: the interval is too narrow.");
    if (estimate.n_diverged > 0)
      add_sentence(estimate.caveat, text("Of ", count_text(estimate.n, "run"), " ", estimate.n_diverged,
                                         " did not reach the target and count as slower than every other."));
  }
  return estimates;
}

double profile_at(const PerformanceProfile& profile, std::size_t optimizer, double tau) {
  require(optimizer < profile.ratios.size(), Fault::usage, "optimizer ", optimizer, " of ", profile.ratios.size(),
          " was asked for");
  const std::vector<double>& ratios = profile.ratios[optimizer];
  const auto within = std::ranges::count_if(ratios, [&](double r) { return std::isfinite(r) && r <= tau; });
  return static_cast<double>(within) / static_cast<double>(ratios.size());
}

}  // namespace deepobs
