#pragma once

#include <span>
#include <string>
#include <vector>

#include "runner/bench/bench_options.h"
#include "runner/bench/live_run.h"

namespace deepobs {

/// What a training step on a GPU is made of.
struct LaunchRow {
  BenchCase of;
  std::int64_t ops = 0;  ///< nodes of the recorded graph that compute something
  CapturedStep step = {};
  DeviceInfo device = {};  ///< with what it chose for this case
};

/// Captures a step of each case and runs none. Errors: usage, on a device that captures no steps.
std::vector<LaunchRow> bench_launches(std::span<const BenchCase> cases, BenchData& data);

/// "42 launches a step, 28 of them in a row; 60 edges, 0 of them early"
std::string launch_words(const CapturedStep& step);

}  // namespace deepobs
