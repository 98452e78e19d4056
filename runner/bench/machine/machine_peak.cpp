#include "runner/bench/machine/machine_peak.h"

#include "engine/base/check.h"
#include "engine/run/device.h"
#include "runner/bench/statistics.h"
#include "runner/training/stopwatch.h"

namespace deepobs {

std::unique_ptr<Executor> bench_executor(int threads) {
  return CpuOptions{}.use_tbb ? tbb_executor(threads) : std_thread_executor(threads);
}

MachinePeak::MachinePeak(int threads, Isa isa) : executor_(bench_executor(threads)), loops_(&peak_loops(isa)) {}

void MachinePeak::measure() {
  constexpr double seconds = 0.01;
  constexpr std::int64_t rounds = 1 << 14;  // some 50 us: long beside the start of a parallel loop
  const std::int64_t tasks = std::int64_t{8} * executor_->threads();
  const Stopwatch watch;
  std::int64_t done = 0;
  double elapsed = 0;
  for (bool warm = false; elapsed < seconds;) {
    const double before = watch.seconds();
    executor_->run(tasks, [&](std::int64_t, Worker&) {
      // A result that is never reached, so that the loop has one: with it, no compiler may leave it out.
      require(loops_->multiply_adds(rounds) > 0, Fault::internal, "the peak loop computed nothing");
    });
    if (warm) {
      done += tasks * rounds * loops_->flops_per_round;
      elapsed += watch.seconds() - before;
    }
    warm = true;  // the first pass wakes the threads
  }
  measured_.push_back(static_cast<double>(done) / elapsed);
}

double MachinePeak::flops_per_second() const { return median_of(measured_); }

}  // namespace deepobs
