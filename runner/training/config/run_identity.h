#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runner/training/config/run_config.h"

namespace deepobs {

// What tells a run from others, derived from the list of settings and from what a run has beside it.

/// The versions of a run's optimizer, problem and data set, where a program's own definition of them has one: text that
/// tells apart what a definition was at different times, so that no analyzer averages the results and no checkpoint of
/// one is resumed by the other. They stand under these names in folders' names, results, checkpoints and dry runs.
/// "optimizer_version" is always among them, as results have had it from the first.
std::vector<std::pair<std::string, std::string>> versions_of(const Run& run);

/// The marks in the name of a run's folder: those of settings, and of all else that sets it apart from DeepOBS's own
/// runs; sorted by name as 1.2 sorts its training parameters.
std::vector<std::pair<std::string, std::string>> folder_marks(const Run& run);

/// Whether an optimizer's hyperparameter of this name could not be told from something else in a folder's name.
bool is_folder_name(std::string_view name);

/// Whether runs of two configurations of one problem and optimizer, on the same data, record the same graphs.
bool same_computation(const RunConfig& a, const RunConfig& b);

/// All that the result depends on, as texts by name: settings with their defaults resolved, the optimizer with its
/// version and hyperparameters ("hyperparameters.momentum"). Runs with equal ones have equal results but for times.
std::map<std::string, std::string> what_makes_the_result(const Run& run);

}  // namespace deepobs
