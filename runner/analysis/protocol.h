#pragma once

#include <vector>

#include "runner/analysis/analysis.h"

namespace deepobs {

/// In what the settings of a problem's optimizers, those of references among them, were not made in the same way:
/// batch size, epochs, regulariser, device, precision, version, and the metric that settings are chosen by. What files
/// do not record cannot differ.
std::vector<Finding> protocol_findings(const ProblemAnalysis& problem);

}  // namespace deepobs
