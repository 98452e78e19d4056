#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/graph/cost.h"
#include "runner/bench/bench_options.h"
#include "runner/bench/machine/bandwidth.h"
#include "runner/bench/statistics.h"

namespace deepobs {

/// One op at one shape, replayed alone.
struct OpRow {
  std::string op, label;            ///< "conv2d", "conv1"; of an update "update", "Adam"
  std::string problem;              ///< the first of the chosen ones that has it
  std::vector<Shape> in, out = {};  ///< without scratch memory
  int threads = 1;
  Cost cost = {};
  Summary seconds = {};      ///< of one replay
  double peak_flops = 0;     ///< of the machine, a second
  double floor_seconds = 0;  ///< that its bytes take at the bandwidth of their footprint

  double flops_per_second() const { return static_cast<double>(cost.flops) / seconds.median; }
  double percent_of_peak() const { return 100 * flops_per_second() / peak_flops; }
  double bytes_per_second() const { return static_cast<double>(cost.traffic()) / seconds.median; }
  double percent_of_bandwidth() const { return 100 * floor_seconds / seconds.median; }
};

struct OpBench {
  std::vector<OpRow> rows;
  std::vector<BandwidthPoint> bandwidth;  ///< of the largest number of threads
  double peak_flops = 0;                  ///< the same
};

/// Measures every distinct op of the training steps of the cases, as recorded, each in a graph of its own; relu and
/// dropout too, at the shapes where a layer has a relu inside. Ops that move fewer than 256 bytes are left out.
/// Repetitions go round all rows, and peak and bandwidth are measured between them. All operands are in memory at once.
OpBench bench_ops(std::span<const BenchCase> cases, const BenchEffort& effort, BenchData& data);

}  // namespace deepobs
