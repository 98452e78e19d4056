#pragma once

#include <string>

#include "problems/data/dataset_status.h"
#include "runner/results/result.h"
#include "runner/training/config/run_config.h"

namespace deepobs {

/// The result as DeepOBS writes it: its keys first and in its order, then ours, which its analyzers ignore. The flat
/// keys of 1.1 and the PyTorch port for Layout::flat and tf, the nested ones of 1.2 for Layout::v1_2. Ends with a line
/// end.
std::string deepobs_json(const Run& run, const RunResult& result);

/// A run's configuration, every number it will use, before it is run: for --dry_run --json.
std::string configuration_json(const Run& run, const std::string& json_path, const DatasetStatus& data);

}  // namespace deepobs
