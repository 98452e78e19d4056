#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "problems/data/dataset.h"
#include "runner/results/result.h"
#include "runner/training/config/run_config.h"
#include "runner/training/observer.h"

namespace deepobs::test {

/// Asks the run to stop when it has done so many training steps.
struct StopsAfter : Observer {
  explicit StopsAfter(std::int64_t step) : steps_left(step) {}
  void stepped(const Step&) override {
    if (--steps_left == 0) source.request_stop();
  }
  std::stop_source source;
  std::int64_t steps_left;
};

/// All that a run leaves behind but times.
struct LeftRun {
  RunResult result;
  std::vector<std::pair<std::string, std::vector<std::byte>>> state;  ///< of the storage, by the buffers' names
};

/// Runs to the end in one process.
LeftRun uninterrupted(const Run& run, const Dataset& data, int threads = 1);

/// Stopped again and again, after so many steps of each process, with other numbers of threads.
LeftRun in_pieces(const Run& run, const Dataset& data, std::int64_t steps_each);

/// The same bits in every curve, list and state, and the same divergence.
void check_same(const LeftRun& a, const LeftRun& b);

}  // namespace deepobs::test
