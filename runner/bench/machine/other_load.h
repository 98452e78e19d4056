#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runner/training/stopwatch.h"

namespace deepobs {

/// The share of the machine's processor time, 0 to 1, that others than this process had between two readings of
/// /proc/stat: other programs, the kernel, and on a virtual machine its neighbours, where the host tells (steal). This
/// process had `own_seconds`. Nothing for texts that are no such readings, or between which no time passed.
std::optional<double> share_of_others(std::string_view before, std::string_view after, double own_seconds,
                                      double ticks_per_second);

/// Watches, from when it is made, what others use of the machine while something is measured.
class OtherLoad {
 public:
  OtherLoad();

  /// So far. Nothing where /proc/stat cannot be read, and within the first half second: the system counts ticks of
  /// 10 ms for each processor, of which one more or less must not look like another program.
  std::optional<double> share() const;

 private:
  Stopwatch watch_;
  std::string before_;
  double own_before_ = 0;
};

/// "WARNING: other programs used 12% of the machine during these measurements"; empty up to 5 %, which is what an idle
/// system does, and where nothing is known.
std::string other_load_warning(std::optional<double> share);

}  // namespace deepobs
