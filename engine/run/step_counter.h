#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>

#include "engine/graph/op.h"

namespace deepobs {

/// The host's knowledge of a step block that lies on a device and counts itself up there: as long as steps follow one
/// another nothing needs to be written. A caller that asks for another step than the next writes it first.
class StepCounter {
 public:
  /// Whether the device would run `step` next if it were launched as it is.
  bool stands_at(const StepBlock& step) const { return next_ == step; }

  /// `count` steps from `first` on were launched.
  void passed(const StepBlock& first, std::int64_t count) { next_ = later(first, count); }

  /// Nobody knows any more what stands there.
  void forget() { next_.reset(); }

  /// The block `count` steps behind `first`.
  static StepBlock later(StepBlock first, std::int64_t count) {
    first.step += count;
    first.batch += count;
    return first;
  }

 private:
  std::optional<StepBlock> next_;
};

/// Several steps as launches of `large` steps and of one: the large ones come first.
struct LaunchCut {
  std::int64_t large = 0, single = 0;
};
inline LaunchCut cut_launches(std::int64_t steps, std::int64_t large) {
  if (large <= 1) return {0, std::max<std::int64_t>(steps, 0)};
  return {std::max<std::int64_t>(steps, 0) / large, std::max<std::int64_t>(steps, 0) % large};
}

/// How many steps of so many nodes make a good launch: some hundred nodes, so that what a launch costs is small beside
/// its work, and at most 32, because whoever wants to stop waits for a whole launch. A power of two: so are the numbers
/// of steps that are asked for.
inline std::int64_t good_steps_a_launch(std::int64_t nodes) {
  constexpr std::int64_t good_nodes = 600, most_steps = 32;
  const std::int64_t steps = std::clamp<std::int64_t>(good_nodes / std::max<std::int64_t>(nodes, 1), 1, most_steps);
  return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(steps)));
}

/// How many launches the next portion of a GPU's work should have, when one of `launches` took so long: some 5 to 10
/// milliseconds of work, found by doubling and halving.
inline std::int64_t good_portion(std::int64_t launches, double milliseconds) {
  constexpr double least = 5, most = 10;
  constexpr std::int64_t most_launches = 1024;
  if (milliseconds > most) return std::max<std::int64_t>(launches / 2, 1);
  return milliseconds < least ? std::min(2 * launches, most_launches) : launches;
}

}  // namespace deepobs
