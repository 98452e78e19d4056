#pragma once

#include <optional>
#include <span>

namespace deepobs {

/// Between what a mean lies: low <= high.
struct MeanBounds {
  double low = 0, high = 0;
};

/// Student's interval of the mean: m -+ t s / sqrt(n), where s has the divisor n - 1 and t is the quantile
/// (1 + level) / 2 of Student's distribution with n - 1 degrees of freedom. It covers the mean of normal values with
/// the probability `level`, for every n. None for fewer than two values, and where one is not finite.
///   errors  usage, for a level outside (0, 1)
///   source  Student, "The probable error of a mean", Biometrika 6, 1908
std::optional<MeanBounds> t_interval(std::span<const double> values, double level = 0.95);

}  // namespace deepobs
