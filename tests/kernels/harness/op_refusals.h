#pragma once

#include <string>
#include <vector>

#include "tests/kernels/harness/op_case.h"

namespace deepobs {

// The third part of the harness: operands that no formula is for.

/// Each operand in turn of every type that the case does not name, and an empty Value in its place. What was recorded
/// and not refused as misuse comes back, one line each.
std::vector<std::string> accepted_operands(const OpCase& op_case);

/// The cases that come of this one with one extent 0 wherever it stands: batches without examples, images without
/// pixels, layers without features.
std::vector<OpCase> emptied(const OpCase& op_case);

}  // namespace deepobs
