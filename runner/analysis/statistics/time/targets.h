#pragma once

#include <span>
#include <vector>

#include "runner/analysis/statistics/scores/gap.h"

namespace deepobs {

/// The target of a problem that nobody gave one: the value that closes this share of the gap from its start to its best.
inline constexpr double headline_share = 0.95;

/// 0.5, 0.55 ... 1: the shares for which speed is shown as a function of the target.
std::vector<double> sweep_shares();

/// One target for each share. Errors: usage, for a share that is not in (0, 1]: it would be reached before the first
/// step, or by nobody.
std::vector<double> targets_at(std::span<const double> shares, const GapScale& scale);

}  // namespace deepobs
