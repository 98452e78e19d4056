#pragma once

#include <memory>
#include <vector>

#include "engine/run/executor.h"
#include "kernels/cpu/peak_loops.h"

namespace deepobs {

/// An executor like the one that a CPU device makes for itself, for loops that are no ops.
std::unique_ptr<Executor> bench_executor(int threads);

/// The float32 arithmetic that some threads can do with an instruction set, measured again and again beside whatever is
/// judged by it: clock rates drift, and neighbours come and go.
class MachinePeak {
 public:
  MachinePeak(int threads, Isa isa);

  /// One measurement of about 10 ms.
  void measure();

  /// The median of the measurements so far, in floating-point operations a second. Errors: internal, before the first.
  double flops_per_second() const;

  int threads() const { return executor_->threads(); }

 private:
  std::unique_ptr<Executor> executor_;
  const PeakLoops* loops_;
  std::vector<double> measured_;
};

}  // namespace deepobs
