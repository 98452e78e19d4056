#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tests/kernels/harness/op_case.h"
#include "tests/kernels/harness/op_replay.h"

namespace deepobs {

// The half of the harness that knows what is right: the formula's values, its slopes, and how far off a result may be.

/// Numbers that a result should have, each with the error it may have.
struct Expected {
  std::vector<std::int64_t> index;  ///< which elements of the result
  std::vector<double> value, allowed;
};

Expected expected_output(const OpCase& op_case, const OpOperands& operands);

/// d (sum_i w[i] y[i]) / d operand `input`, by differences of the formula.
Expected expected_gradient(const OpCase& op_case, const OpOperands& operands, int input);

/// The worst element of `got` in words, if it is not within its bound.
std::optional<std::string> worst(std::span<const float> got, const Expected& expected);

}  // namespace deepobs
