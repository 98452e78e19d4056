#pragma once

#include <span>
#include <vector>

#include "runner/analysis/statistics/numbers/better.h"

namespace deepobs {

/// What DeepOBS 1.1 draws over the learning rate: best / value of losses and value / best of accuracies, so that the best
/// setting has 1; 0 where that is NaN. `best` is the value of the optimizer's best setting. An infinite loss has 0; losses
/// that are not positive give what the formula gives.
std::vector<double> relative_performance(std::span<const double> values, double best, Better better);

}  // namespace deepobs
