#include "runner/bench/machine/bandwidth.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"
#include "engine/tensor/view.h"
#include "runner/bench/machine/machine_peak.h"
#include "runner/training/stopwatch.h"

namespace deepobs {
namespace {

constexpr std::int64_t smallest = 64 * 1024, growth = 4;

/// The rates at a footprint, from those measured around it.
BandwidthPoint at_footprint(std::int64_t footprint, const std::vector<BandwidthPoint>& points) {
  require(!points.empty(), Fault::internal, "no bandwidth was measured");
  const auto above = std::ranges::lower_bound(points, footprint, {}, &BandwidthPoint::footprint);
  if (above == points.begin()) return points.front();
  if (above == points.end()) return points.back();
  const auto below = above - 1;
  const double share = std::log(static_cast<double>(footprint) / static_cast<double>(below->footprint)) /
                       std::log(static_cast<double>(above->footprint) / static_cast<double>(below->footprint));
  const auto between = [&](double low, double high) { return low + share * (high - low); };
  return {footprint, between(below->read, above->read), between(below->copy, above->copy),
          between(below->in_place, above->in_place)};
}

}  // namespace

Bandwidth::Bandwidth(int threads, Isa isa, std::int64_t most)
    : executor_(bench_executor(threads)), device_(cpu_device({.threads = 1})), loops_(&peak_loops(isa)) {
  std::int64_t footprint = smallest;
  for (; footprint < most; footprint *= growth) points_.push_back({.footprint = footprint});
  points_.push_back({.footprint = footprint});
  memory_ = DeviceMemory(*device_, footprint);
  float* numbers = static_cast<float*>(memory_.data());
  std::fill(numbers, numbers + footprint / bytes_of(Type::f32), 1.f);
}

/// Takes the time of loop(part of the memory, floats, passes), which moves `bytes` in passing over the footprint once.
/// Every thread has a part, which stays in its cache from one pass to the next.
template <class Loop>
void Bandwidth::improve(double& best, std::int64_t footprint, std::int64_t bytes, Loop loop) {
  constexpr double enough = 0.002;
  constexpr int tries = 3;
  const std::int64_t parts = executor_->threads();
  const std::int64_t floats = footprint / bytes_of(Type::f32) / parts;
  std::int64_t passes = 1;
  for (int left = tries; left > 0;) {
    const Stopwatch watch;
    executor_->run(parts, [&](std::int64_t part, Worker&) {
      loop(static_cast<float*>(memory_.data()) + part * floats, floats, passes);
    });
    const double seconds = watch.seconds();
    if (seconds < enough) {
      passes *= 2;
      continue;
    }
    best = std::max(best, static_cast<double>(bytes * passes) / seconds);
    --left;
  }
}

void Bandwidth::measure() {
  for (auto& point : points_) {
    const std::int64_t footprint = point.footprint;
    improve(point.read, footprint, footprint, [&](float* part, std::int64_t floats, std::int64_t passes) {
      // The sum is positive. To look at it keeps the compiler from leaving the loop out.
      require(loops_->read(part, floats, passes) > 0, Fault::internal, "the read loop computed nothing");
    });
    improve(point.copy, footprint, footprint, [&](float* part, std::int64_t floats, std::int64_t passes) {
      for (; passes > 0; --passes) loops_->scale(part + floats / 2, part, floats / 2, 1.f);
    });
    improve(point.in_place, footprint, 2 * footprint, [&](float* part, std::int64_t floats, std::int64_t passes) {
      for (; passes > 0; --passes) loops_->scale(part, part, floats, 1.f);
    });
  }
}

double floor_seconds(const Cost& cost, const std::vector<BandwidthPoint>& points) {
  const BandwidthPoint rates = at_footprint(cost.footprint, points);
  const double read = 1 / rates.read;
  // A pass that reads and writes a byte each takes 2 / rate; what reading does not explain is the writing.
  const double written = std::max(0., 2 / rates.copy - read), in_place = std::max(0., 2 / rates.in_place - read);
  return static_cast<double>(cost.bytes_read) * read + static_cast<double>(cost.bytes_written) * written +
         static_cast<double>(cost.bytes_written_in_place) * in_place;
}

}  // namespace deepobs
