#pragma once

#include <string>
#include <vector>

#include "runner/cli/options/sweep.h"
#include "runner/training/standard_runner.h"

namespace deepobs {

/// The table at the end of a sweep: a row for each run, with learning rate, seed and whatever else differs, the final
/// and the best value of the test metric (accuracy, or the loss of a problem without one), time and path, below the
/// folder of all results, which the last line names. A '*' marks the runs of the best setting: the one whose final
/// metric, on the validation set where there is one, else on the test set, is best on the mean over its seeds. A
/// setting with a failed or stopped run or a mean that is not finite is never best, and the line below the table says
/// of how many complete ones the best is one.
std::string sweep_table(const Sweep& sweep, const std::vector<Run>& runs, const std::vector<RunOutcome>& outcomes);

}  // namespace deepobs
