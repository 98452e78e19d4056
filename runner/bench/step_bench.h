#pragma once

#include <optional>
#include <span>

#include "runner/bench/bench_options.h"
#include "runner/bench/live_run.h"
#include "runner/bench/statistics.h"

namespace deepobs {

/// Bytes that a training step works with, as they were planned; the data set is not among them.
struct PlanBytes {
  std::int64_t parameters = 0, gradients = 0, slots = 0;
  std::int64_t arena = 0;  ///< everything that lives only within a step
  std::int64_t total() const { return parameters + gradients + slots + arena; }
};

/// How fast one configuration trains.
struct StepRow {
  BenchCase of = {};
  std::string data = {};  ///< "official", "subset" or "synthetic"
  Summary steps_per_second = {};
  Summary eval_examples_per_second = {};
  struct StepTimes {
    double p50 = 0, p90 = 0, p99 = 0, max = 0;
  } step_seconds = {};          ///< over all steps of all repetitions
  std::int64_t steps = 0;       ///< that were measured
  std::int64_t step_flops = 0;  ///< of the products of a step
  double peak_flops = 0;        ///< of the machine, a second: threads and instruction set of this row, same minutes
  PlanBytes plan = {};
  DeviceInfo device = {};                     ///< with what it chose for this case
  std::optional<std::int64_t> peak_rss = {};  ///< bytes resident at the most while it trained alone, data set included

  double examples_per_second() const { return steps_per_second.median * static_cast<double>(of.run.batch_size); }
  double flops_per_second() const { return steps_per_second.median * static_cast<double>(step_flops); }
  double percent_of_peak() const { return 100 * flops_per_second() / peak_flops; }
};

/// Measures the cases alternately: every repetition trains each of them for a while, so a machine that changes its
/// speed changes it for all. The peak resident memory is taken before, case by case, with nothing else loaded.
std::vector<StepRow> bench_steps(std::span<const BenchCase> cases, const BenchEffort& effort, BenchData& data);

}  // namespace deepobs
