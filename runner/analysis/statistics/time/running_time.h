#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "runner/analysis/statistics/numbers/estimate.h"
#include "runner/analysis/statistics/time/time_to_target.h"

namespace deepobs {

/// The expected running time (ERT) until the target is reached where runs that fail are begun anew: all epochs of all
/// runs, up to the target or to their end, over the number of runs that reached it; infinity where none did.
/// Errors: usage, for no runs. Source: Auger, Hansen, "Performance evaluation of an advanced local search evolutionary
/// algorithm", CEC 2005.
Estimate expected_running_time(std::span<const TimeToTarget> runs);

/// The share of targets that are reached within a time.
struct RuntimeDistribution {
  std::vector<double> times{};   ///< ascending, at which the share grows
  std::vector<double> shares{};  ///< from each of them on
  std::size_t targets = 0;
  std::string rule{};
};

/// Over (problem, target) pairs that count alike, each with one time for every run: the mean of the shares of their runs.
/// It stays below 1 where runs do not reach a target. Errors: usage, for no pairs or one without runs.
/// Source: Hansen et al., "COCO: performance assessment", 2016.
RuntimeDistribution runtime_distribution(std::span<const std::vector<TimeToTarget>> pairs);

/// The share within `time`.
double share_within(const RuntimeDistribution& distribution, double time);

}  // namespace deepobs
