#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "runner/training/config/run_config.h"

namespace deepobs {

/// Prints what the runs would do: every number, where the data are, the path of the result. As JSON, one run is an
/// object and several are an array of objects. Nothing is trained, and nothing that is written, to try whether it can
/// be, stays. `warn` is told what the runs would warn of: their settings, and a data folder that is passed over.
/// Errors, afterwards, whatever would stop the first of the runs and can be known now: outputs that cannot be written
/// (io); what load_dataset() would say of data that are missing or damaged, by headers and sizes; a batch that does not
/// fit (usage); a file of initial parameters that is damaged or not the model's (data).
void dry_run(std::vector<Run> runs, bool json, std::ostream& out, const std::function<void(const std::string&)>& warn);

}  // namespace deepobs
