#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runner/analysis/figures/recipes/named_curve.h"

namespace deepobs {

/// DeepOBS's four measures of a problem, and the rows of its figures.
enum class CurveRow { test_loss, train_loss, test_accuracy, train_accuracy };
inline constexpr std::size_t curve_rows = 4;

struct ProblemCurves {
  std::string title{};                                     ///< "F-MNIST - CNN"
  std::array<std::vector<NamedCurve>, curve_rows> rows{};  ///< x: epochs; empty rows say "no accuracy" or "no runs"
  std::optional<double> target{};                          ///< the convergence performance
  CurveRow target_row = CurveRow::test_accuracy;           ///< the row of the problem's metric
};

/// DeepOBS's performance plot: a column for each problem, a row for each measure, a dashed line at the target. Limits of
/// y as DeepOBS 1.1 has them (curve_limits()). Errors: usage, for no problems, or an optimizer that `looks` has not.
Figure test_set_curves(const std::string& title, std::span<const ProblemCurves> problems, const CurveWords& words,
                       const Looks& looks);

/// The limits of y in DeepOBS 1.1: [max(1e-10, 0.9 min S), 1.1 max S], where S holds the target, the 20 % and 80 %
/// percentiles of all values, and the last value of each curve; values that are not finite do not count, and without any
/// they are 1 and 2. A curve that leaves them leaves the frame.
PlotLimits curve_limits(std::span<const NamedCurve> curves, std::optional<double> target);

}  // namespace deepobs
