#include "runner/analysis/statistics/scores/performance_profile.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/estimate.h"

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

double profile_at(const PerformanceProfile& profile, std::size_t optimizer, double tau) {
  require(optimizer < profile.ratios.size(), Fault::usage, "optimizer ", optimizer, " of ", profile.ratios.size(),
          " was asked for");
  const std::vector<double>& ratios = profile.ratios[optimizer];
  const auto within = std::ranges::count_if(ratios, [&](double r) { return std::isfinite(r) && r <= tau; });
  return static_cast<double>(within) / static_cast<double>(ratios.size());
}

}  // namespace deepobs
