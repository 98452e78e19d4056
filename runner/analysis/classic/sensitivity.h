#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "runner/analysis/classic/ranking.h"

namespace deepobs {

/// A setting as a point over its learning rate.
struct RelativePoint {
  double learning_rate = 0;
  double relative = 0;  ///< to the best setting: best / value of losses, value / best of accuracies
  std::size_t setting = 0;
};

/// DeepOBS 1.1's learning-rate sensitivity, sorted by rate. NaN is 0 and an infinity the largest double, as NumPy's
/// nan_to_num has it. Empty where no setting can be the best. `mode` is final or best; settings without a learning rate
/// are left out.   errors  usage, for mode most
std::vector<RelativePoint> learning_rate_sensitivity(std::span<const SettingSummary> settings, ChoiceMode mode,
                                                     ResultMetric metric);

/// The relative performance of each setting, in their order; empty where no setting can be the best.
std::vector<double> relative_performances(std::span<const SettingSummary> settings, ChoiceMode mode,
                                          ResultMetric metric);

/// A setting as a point over one hyperparameter or two.
struct SensitivityPoint {
  std::vector<double> at;      ///< one number for each hyperparameter
  double value = 0;            ///< final or best mean value of the metric
  std::vector<double> finals;  ///< of each run
  std::size_t setting = 0;
};

/// DeepOBS 1.2's sensitivity to hyperparameters, sorted by their values; "lr" is the learning rate. A flag is 0 or 1.
/// Settings in which one of them is absent or no number are left out.   errors  usage, for mode most
std::vector<SensitivityPoint> hyperparameter_sensitivity(std::span<const SettingSummary> settings,
                                                         std::span<const std::string> hyperparameters, ChoiceMode mode,
                                                         ResultMetric metric);

}  // namespace deepobs
