#pragma once

#include <iosfwd>
#include <vector>

#include "runner/run_config.h"

namespace deepobs {

/// Prints what the runs would do: every number, where the data are, the path of the result. As JSON, one run is an
/// object and several are an array of objects. Nothing is trained or written.
/// Errors: afterwards, what load_dataset() would say of data that are missing or damaged, by headers and sizes.
void dry_run(const std::vector<Run>& runs, bool json, std::ostream& out);

}  // namespace deepobs
