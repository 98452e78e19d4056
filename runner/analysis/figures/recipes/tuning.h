#pragma once

#include <span>
#include <string>
#include <vector>

#include "runner/analysis/figures/recipes/named_curve.h"
#include "runner/analysis/statistics/numbers/better.h"

namespace deepobs {

/// The settings of an optimizer: the final metric of each run of each setting, in any order.
struct RankedSettings {
  std::string optimizer{};
  std::vector<std::vector<double>> settings{};  ///< [setting][seed]
};

/// DeepOBS 1.2's final metric against tuning rank: settings from the best mean on (rank 1), a line through the means, a
/// small mark for each seed, crosses for runs that diverged. A setting without a finite run comes last, and has no mean.
/// Errors: usage, for an optimizer that `looks` has not.
Figure tuning_ranks(const std::string& title, std::span<const RankedSettings> optimizers, const std::string& metric,
                    Better better, const Looks& looks);

/// The best of k settings against k, with its band. `words` say how the best was chosen, and what the band is.
/// Errors: usage, for an optimizer that `looks` has not.
Figure tuning_curves(const std::string& title, std::span<const NamedCurve> curves, const std::string& metric,
                     Better better, const CurveWords& words, const Looks& looks);

}  // namespace deepobs
