#pragma once

#include <optional>

#include "runner/results/result.h"
#include "runner/training/config/run_config.h"

namespace deepobs {

/// The result of this run that lies in its results folder already, whenever it was begun; nothing where there is none.
/// It has the curves, the divergence and the file, and no times.
/// Errors: io; data, for a file that is no result.
std::optional<RunResult> finished_result(const Run& run, const RunName& name);

}  // namespace deepobs
