#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "runner/analysis/reading/metric.h"
#include "runner/analysis/statistics/time/time_to_target.h"

namespace deepobs {

/// The performance by which a problem counts as solved, for each problem.
using ConvergencePerformances = std::map<std::string, double>;

/// Reads DeepOBS's convergence_performance.json: {"quadratic_deep": 87.7, ...}.
/// Errors: missing, io; data for a text that is not JSON or a value that is no number.
ConvergencePerformances read_convergence(const std::filesystem::path& path);

/// The first epoch at which a run is as good as the convergence performance. It differs from time_to_target() in one
/// point: DeepOBS compares and asks for nothing else, so that a loss of -infinity is as good as any. NaN reaches nothing.
/// `list` is not empty.
TimeToTarget time_to_convergence(double performance, const std::vector<double>& list, ResultMetric metric);

/// Whether DeepOBS judges runs of this problem by accuracies, which some of them have, or by losses.
bool judged_by_accuracy(const std::string& problem, bool has_accuracies);

}  // namespace deepobs
