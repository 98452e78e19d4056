#include "runner/analysis/statistics/time/running_time.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/base/check.h"

namespace deepobs {

Estimate expected_running_time(std::span<const TimeToTarget> runs) {
  require(!runs.empty(), Fault::usage, "the expected running time of no runs was asked for");
  double sum = 0;
  std::size_t reached = 0;
  for (const TimeToTarget& run : runs) {
    sum += run.time;
    reached += run.reached;
  }
  Estimate estimate{.value = std::numeric_limits<double>::infinity(), .n = runs.size()};
  if (reached > 0) estimate.value = sum / static_cast<double>(reached);
  estimate.rule = text("expected running time: all epochs of ", count_text(runs.size(), "run"), " over ", reached,
                       " that reached the target");
  if (reached == 0) estimate.caveat = "No run reached the target.";
  return estimate;
}

RuntimeDistribution runtime_distribution(std::span<const std::vector<TimeToTarget>> pairs) {
  require(!pairs.empty(), Fault::usage, "the running times of no targets were asked for");
  std::vector<std::pair<double, double>> growth;  // time, and the share that is reached at it
  for (const std::vector<TimeToTarget>& runs : pairs) {
    require(!runs.empty(), Fault::usage, "target ", &runs - pairs.data(), " of ", pairs.size(),
            " has no runs; leave it out");
    const double share = 1 / (static_cast<double>(runs.size()) * static_cast<double>(pairs.size()));
    for (const TimeToTarget& run : runs)
      if (run.reached) growth.emplace_back(run.time, share);
  }
  std::ranges::sort(growth);
  RuntimeDistribution distribution{.targets = pairs.size()};
  long double sum = 0;
  for (const auto& [time, share] : growth) {
    sum += share;
    if (distribution.times.empty() || distribution.times.back() != time) {
      distribution.times.push_back(time);
      distribution.shares.push_back(0);
    }
    distribution.shares.back() = static_cast<double>(sum);
  }
  distribution.rule = text("share of ", count_text(pairs.size(), "target"), " reached, mean over the runs of each");
  return distribution;
}

double share_within(const RuntimeDistribution& distribution, double time) {
  const auto next = std::ranges::upper_bound(distribution.times, time);
  if (next == distribution.times.begin()) return 0;
  return distribution.shares[static_cast<std::size_t>(next - distribution.times.begin()) - 1];
}

}  // namespace deepobs
