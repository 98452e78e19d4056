#pragma once

#include <string>

#include "runner/analysis/analysis.h"

namespace deepobs {

/// Every number of an analysis as one JSON object; docs/analysis.md has its schema. It is JSON as RFC 8259 has it: a
/// number that is not finite is null. The same analysis gives the same bytes. Ends with a line end.
std::string analysis_json(const Analysis& analysis, bool runtime = false);

}  // namespace deepobs
