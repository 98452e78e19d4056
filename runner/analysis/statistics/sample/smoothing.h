#pragma once

#include <span>
#include <vector>

namespace deepobs {

/// The exponential moving average of a curve without the bias of its beginning, as TensorBoard shows it:
/// s_t = w s_(t-1) + (1 - w) x_t from s_0 = 0, shown as s_t / (1 - w^t). A value that is not finite stays as it is and
/// does not advance t. It is for the eye: no statistic is made of it.
/// Errors: usage, for a weight outside [0, 1).
std::vector<double> smoothed(std::span<const double> curve, double weight);

}  // namespace deepobs
