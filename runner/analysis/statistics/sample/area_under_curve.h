#pragma once

#include <cstddef>
#include <span>

#include "runner/analysis/statistics/numbers/better.h"
#include "runner/analysis/statistics/numbers/estimate.h"

namespace deepobs {

enum class CurveScale { linear, log10 };

/// How good a run was all along: the area under its curve by the trapezoidal rule, divided by the epochs between
/// `first_epoch` and the last, so that it has the unit of the values (or of their logarithm). n counts the values. With a
/// value that is not finite the area is the worst infinity, and n_diverged counts such values.
/// Errors: usage, for fewer than two values from `first_epoch` on, or a logarithm of values that are not positive.
Estimate area_under_curve(std::span<const double> curve, Better better, CurveScale scale = CurveScale::linear,
                          std::size_t first_epoch = 0);

}  // namespace deepobs
