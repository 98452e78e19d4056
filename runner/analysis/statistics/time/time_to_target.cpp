#include "runner/analysis/statistics/time/time_to_target.h"

#include "engine/base/check.h"

namespace deepobs {

TimeToTarget time_to_target(std::span<const double> curve, double target, Better better) {
  require(!curve.empty(), Fault::usage, "a time to target was asked of a curve without values");
  require(!std::isnan(target), Fault::usage, "the target is NaN, which nothing reaches");
  for (std::size_t epoch = 0; epoch < curve.size(); ++epoch) {
    const double value = curve[epoch];
    if (std::isfinite(value) && (better == Better::smaller ? value <= target : value >= target))
      return {static_cast<double>(epoch), true};
  }
  return {static_cast<double>(curve.size() - 1), false};
}

double legacy_speed(std::span<const TimeToTarget> runs) {
  require(!runs.empty(), Fault::usage, "the speed of no runs was asked for");
  double sum = 0;
  for (const TimeToTarget& run : runs) sum += run.reached ? run.time : run.time + 1;
  return sum / static_cast<double>(runs.size());
}

}  // namespace deepobs
