#pragma once

#include <span>
#include <string>
#include <vector>

#include "runner/analysis/figures/recipes/named_curve.h"

namespace deepobs {

/// Survival curves: the share of runs that have not reached the target, against epochs; steps from 1 at epoch 0 on. The
/// curves are as SurvivalCurve has them (statistics/time/survival.h), each with the epoch at which it ends as its last x;
/// `n_diverged` is the number of runs that never reached the target. `level` is that of the intervals, 0.95.
/// Errors: usage, for an optimizer that `looks` has not.
Figure survival_figure(const std::string& title, std::span<const NamedCurve> curves, const std::string& target,
                       double level, const Looks& looks);

/// An optimizer's ratios to the fastest, one for each problem; infinity where it missed (performance_profile.h).
struct ProfileRatios {
  std::string optimizer{};
  std::vector<double> ratios{};
  double score = 0;
};

/// The performance profile of Dolan and More: the share of problems within a factor of the fastest, for factors from 1 to
/// `largest_ratio`. Errors: usage, for a largest ratio not above 1, or an optimizer that `looks` has not.
Figure profile_figure(const std::string& title, std::span<const ProfileRatios> optimizers, double largest_ratio,
                      const Looks& looks);

}  // namespace deepobs
