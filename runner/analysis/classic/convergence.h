#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "runner/analysis/reading/metric.h"

namespace deepobs {

/// The performance by which a problem counts as solved, for each problem.
using ConvergencePerformances = std::map<std::string, double>;

/// Reads DeepOBS's convergence_performance.json: {"quadratic_deep": 87.7, ...}.
/// Errors: missing, io; data for a text that is not JSON or a value that is no number.
ConvergencePerformances read_convergence(const std::filesystem::path& path);

/// The first epoch at which a run is as good as the convergence performance; the length of the list for a run that
/// never is, as DeepOBS counts. NaN never reaches anything. A run is evaluated once an epoch, so this is an upper bound.
std::size_t epochs_to(double performance, const std::vector<double>& list, ResultMetric metric);

/// Whether DeepOBS judges runs of this problem by accuracies, which some of them have, or by losses.
bool judged_by_accuracy(const std::string& problem, bool has_accuracies);

}  // namespace deepobs
