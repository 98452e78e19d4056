#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/graph/cost.h"
#include "engine/run/device.h"
#include "kernels/cpu/peak_loops.h"

namespace deepobs {

/// Bytes a second that simple loops move in memory of one size, by all threads together.
struct BandwidthPoint {
  std::int64_t footprint = 0;  ///< bytes of memory that the loop goes over, again and again
  double read = 0;             ///< a sum of all of it
  double copy = 0;             ///< one half to the other; bytes read and bytes written both count
  double in_place = 0;         ///< every number read and written back; both count
};

/// The time that moving bytes takes at least. It depends on where they lie, so each footprint is measured: what fits
/// into a core's cache is an order of magnitude faster than memory.
class Bandwidth {
 public:
  /// For footprints up to `most` bytes.
  Bandwidth(int threads, Isa isa, std::int64_t most);

  /// Measures every footprint once more, a few milliseconds each.
  void measure();

  /// The best of the measurements so far, by ascending footprint: a floor is what the machine can do, and whatever
  /// disturbs a loop only makes it slower.
  const std::vector<BandwidthPoint>& points() const { return points_; }

 private:
  template <class Loop>
  void improve(double& best, std::int64_t footprint, std::int64_t bytes, Loop loop);

  std::unique_ptr<Executor> executor_;
  std::unique_ptr<Device> device_;  // its memory
  DeviceMemory memory_;
  const PeakLoops* loops_;
  std::vector<BandwidthPoint> points_;
};

/// Seconds that the traffic of a node takes at the measured rates of its footprint; between two footprints the rates
/// are interpolated over the logarithm. The three loops tell what a byte costs that is read, that is written to other
/// memory, and that is written in place.
double floor_seconds(const Cost& cost, const std::vector<BandwidthPoint>& points);

}  // namespace deepobs
