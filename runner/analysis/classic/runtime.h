#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runner/analysis/analysis.h"

namespace deepobs {

/// How long an epoch of training takes, and how many times as long as one of SGD.
struct RuntimeOverhead {
  std::string problem, optimizer;
  std::string machine;  ///< device, threads, instruction set, precision: only runs of one machine are compared
  std::int64_t runs = 0;
  double epoch_seconds = 0;  ///< mean over the runs
  std::int64_t sgd_runs = 0;
  std::optional<double> overhead,
      overhead_std;  ///< of each run to SGD's mean: mean, population deviation; none without SGD
};

/// From the records that deepobs keeps; files of DeepOBS have no times. SGD is the optimizer of that name, or
/// GradientDescentOptimizer, on the same problem with the same batch size and machine. Sorted by problem, machine, name.
std::vector<RuntimeOverhead> runtime_overheads(const Analysis& analysis);

}  // namespace deepobs
