#pragma once

#include <span>

#include "runner/analysis/statistics/numbers/better.h"

namespace deepobs {

/// When a run reached a target, in epochs; or that it did not, and how long it was watched. Evaluations come once an
/// epoch, so that a time is an upper bound: nothing is interpolated.
struct TimeToTarget {
  double time = 0;       ///< the first epoch with a value at the target or better; else the last epoch
  bool reached = false;  ///< else the time is censored: the run would take longer, if it ever got there
};

/// `curve`[e] is the value after e epochs, from 0 on. A value that is not finite reaches nothing.
/// Errors: usage, for an empty curve, or a target that is NaN.
TimeToTarget time_to_target(std::span<const double> curve, double target, Better better);

/// The "speed" of DeepOBS 1.1 and 1.2: the mean of the times, where a run that never reached the target counts with one
/// epoch more than it had. It depends on the number of epochs; survival.h has what does not.
/// Errors: usage, for no runs.
double legacy_speed(std::span<const TimeToTarget> runs);

}  // namespace deepobs
