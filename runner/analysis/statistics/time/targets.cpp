#include "runner/analysis/statistics/time/targets.h"

#include "engine/base/check.h"

namespace deepobs {

std::vector<double> sweep_shares() {
  std::vector<double> shares;
  for (int twentieths = 10; twentieths <= 20; ++twentieths) shares.push_back(twentieths / 20.);
  return shares;
}

std::vector<double> targets_at(std::span<const double> shares, const GapScale& scale) {
  std::vector<double> targets;
  for (const double share : shares) {
    require(share > 0 && share <= 1, Fault::usage, "a target closes a share of the gap above 0, and 1 at most; ", share,
            " came");
    targets.push_back(value_at_gap(share, scale));
  }
  return targets;
}

}  // namespace deepobs
